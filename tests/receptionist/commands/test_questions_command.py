"""`receptionist questions` shows what nobody could answer and helps to answer it."""

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from providers.errors import ProviderError
from receptionist.calls.events import CallStarted, ToolFinished
from receptionist.calls.store import CallStore
from receptionist.cli import app
from receptionist.database import Database
from receptionist.errors import NotFoundError
from receptionist.tenants import DEMO

pytestmark = pytest.mark.integration

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ENGLISH = (
    "can I bring my dog",
    "am I allowed to bring a dog",
    "do you sell gift vouchers",
    "is bringing my dog allowed",
)
ITALIAN = ("si può fumare in giardino",)


@pytest.fixture(autouse=True)
def _data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("RECEPTIONIST_DATABASE_URL", raising=False)


@pytest.fixture
def asked(tmp_path: Path) -> None:
    asyncio.run(_ask(tmp_path))


async def _ask(folder: Path) -> None:
    async with await Database.open("", data_dir=folder) as database:
        for language, questions in (("en", ENGLISH), ("it", ITALIAN)):
            store = CallStore(database, "garden", now=lambda: NOON)
            sink = store.sink(language)
            await sink(
                CallStarted(
                    call_id=language,
                    tenant="garden",
                    version="v1",
                    language=language,
                    channel="text",
                    started_at=NOON,
                )
            )
            for question in questions:
                await sink(
                    ToolFinished(
                        turn=1,
                        name="search_knowledge",
                        arguments={"question": question},
                        outcome="unknown",
                        result={"outcome": "unknown", "alternatives": [{"topic": "rules"}]},
                        id="t1",
                        key="k1",
                        duration_ms=3.5,
                    )
                )
            assert await store.close() == {}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["questions", *arguments], catch_exceptions=False)


@pytest.mark.usefixtures("asked")
def test_questions_are_listed_by_meaning_the_most_asked_first() -> None:
    groups = json.loads(run("list", "--json").stdout)
    counted = [(group["language"], group["count"]) for group in groups]
    assert counted[0] == ("en", 3)
    assert sorted(counted[1:]) == [("en", 1), ("it", 1)]
    assert set(groups[0]["examples"]) == {one for one in ENGLISH if "dog" in one}
    assert groups[0]["nearest_topic"] == "rules"
    shown = run("list", "--language", "it").stdout
    assert "si può fumare in giardino" in shown
    assert "dog" not in shown


@pytest.mark.usefixtures("asked")
def test_a_group_becomes_a_topic_and_leaves_the_list() -> None:
    group = json.loads(run("list", "--json").stdout)[0]["id"]
    (topic,) = yaml.safe_load(run("draft", group).stdout)
    assert len(topic["languages"]["en"]["questions"]) == 3
    assert run("answered", group).exit_code == 0
    left = json.loads(run("list", "--json").stdout)
    assert group not in {one["id"] for one in left}
    states = {one["id"]: one["state"] for one in json.loads(run("list", "--all", "--json").stdout)}
    assert states[group] == "answered"
    assert run("dismiss", left[0]["id"]).exit_code == 0
    assert len(json.loads(run("list", "--json").stdout)) == 1


@pytest.mark.parametrize("command", ["draft", "answered", "dismiss"])
def test_an_unknown_group_is_an_error_that_says_where_to_look(command: str) -> None:
    with pytest.raises(NotFoundError, match="`receptionist questions list` shows them"):
        run(command, "nope")


def test_nothing_asked_in_vain_is_said() -> None:
    assert "No question is waiting for an answer." in run("list").stdout
    assert json.loads(run("list", "--json").stdout) == []


def bundle(folder: Path, tenant: str) -> Path:
    """A bundle whose embedder cannot be set up, so that whoever loads it is seen."""
    copy = Path(shutil.copytree(DEMO, folder / "bundle"))
    written = yaml.safe_load((copy / "tenant.yaml").read_text(encoding="utf-8"))
    written |= {
        "tenant": tenant,
        "engines": {"embeddings": {"id": "use-multilingual:default", "settings": {"odd": 1}}},
    }
    (copy / "tenant.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    return copy


@pytest.mark.usefixtures("asked")
def test_questions_are_grouped_by_the_embedder_of_their_tenant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEPTIONIST_TENANT_DIR", str(bundle(tmp_path, "garden")))
    with pytest.raises(ProviderError, match="odd"):
        run("list")


@pytest.mark.usefixtures("asked")
def test_questions_of_a_tenant_that_is_not_here_are_grouped_by_the_usual_embedder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEPTIONIST_TENANT_DIR", str(bundle(tmp_path, "orchard")))
    assert len(json.loads(run("list", "--json").stdout)) == 3
