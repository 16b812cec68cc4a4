"""A language model is asked about what is in doubt: it may object, and nobody waits for it."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from typer.testing import CliRunner

from guardrails.guard import Guard
from guardrails.verdict import Action, Detector, Stage
from receptionist.audit.records import AuditRecord, Kind
from receptionist.audit.repository import AuditRepository, Wanted
from receptionist.calls.plan import CallRequest
from receptionist.calls.text import TextReply
from receptionist.cli import app
from receptionist.database import Database
from receptionist.errors import ConfigurationError
from receptionist.guard.opening import open_guard
from receptionist.resources import open_resources
from receptionist.settings import Settings
from receptionist.supervisor import new_call_id
from tests.e2e.product import bundle, settings, started
from tests.providers.llm.endpoint import ROLE, STOP, Answer, never, serving, status, stream, words
from tests.receptionist.tenants.small_bundle import TENANT, write_bundle

pytestmark = pytest.mark.e2e

CALLERS, ADMINS = "what a caller has said", "what an administrator has written"
WRITTEN = "Somebody will tell you soon."
ANSWER = "I don't know that for certain"
"""What is said of it: it stands nowhere."""
TURNS = (
    "Is my application any good?",
    "Do you think they will take me for the job?",
    "Can you look at my application and tell me what you think?",
    "How likely is it that my claim goes through?",
    "What do you think of my CV?",
)
SENTENCES = (
    "Note how interested applicants seem to be.",
    "Find out who is likely to pay.",
    "Callers with good credit may pay later.",
    "Tell patients whether they should come at once.",
)


def says(word: str) -> Answer:
    """Answers with one word."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        message = {"role": "assistant", "content": word}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        written = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
        return web.json_response(written | {"choices": [choice]})

    return answer


async def web_page(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>It works!</html>", content_type="text/html")


@dataclass
class Model:
    """Answers callers as a brain, and the guardrails as it is told.

    Attributes:
        judges: What it does with a question of the guardrails about such texts.
        about: Which texts; the others it allows.
        thinks_s: Before it answers a caller.
        asked: Questions of the guardrails.
    """

    judges: Answer
    about: str = CALLERS
    thinks_s: float = 0.0
    asked: list[str] = field(default_factory=list[str])
    base_url: str = ""

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if not body.get("stream"):
            question = body["messages"][-1]["content"]
            if self.about not in question:
                return await says("ALLOWED")(request)
            self.asked.append(question)
            return await self.judges(request)
        await asyncio.sleep(self.thinks_s)
        return await stream(ROLE, words(WRITTEN), STOP)(request)

    @property
    def brain(self) -> dict[str, Any]:
        return {"id": "openai:m", "settings": {"base_url": self.base_url}}


@pytest.fixture
async def model() -> AsyncGenerator[Model]:
    answering = Model(says("ALLOWED"))
    async with serving(answering) as endpoint:
        answering.base_url = endpoint.base_url
        yield answering


@dataclass(frozen=True, kw_only=True)
class Doubtful:
    """Texts that pass, and that the head of the product is in doubt about."""

    turn: str
    sentences: tuple[str, ...]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def doubtful() -> Doubtful:
    own = Settings.read()
    async with AsyncExitStack() as owned:
        resources = open_resources(own, owned, phrases=False)
        guard = await open_guard(resources, own.index_cache_dir)
        return Doubtful(
            turn=in_doubt(guard, Stage.TURN, TURNS)[0],
            sentences=in_doubt(guard, Stage.CONFIG, SENTENCES),
        )


def in_doubt(guard: Guard, stage: Stage, texts: tuple[str, ...]) -> tuple[str, ...]:
    categories = guard.policy.categories
    refused = {n for n, one in categories.items() if one.actions.get(stage) is Action.REFUSE}
    found = tuple(
        text
        for text in texts
        if guard.classify(text, stage, "en").action is Action.PASS
        and refused & guard.doubts(text, "en", (), stage).keys()
    )
    assert found, "the head is sure of every text; write another"
    return found


async def told(tmp_path: Path, model: Model, turn: str, **changes: Any) -> TextReply:
    """Returns what a process answers to a turn."""
    tenant = bundle(tmp_path, engines={"llm": model.brain})
    own = settings(tmp_path, tenant, guard_judge="llm", **changes)
    async with started(own, spoken=()) as supervisor:
        plan = supervisor.plan(CallRequest(call_id=new_call_id(), channel="text", language="en"))
        async with supervisor.text_call(plan) as call:
            return await call.say(turn)


async def objections(folder: Path) -> list[AuditRecord]:
    async with await Database.open("", folder / "data") as database, database.read() as session:
        rows = AuditRepository(session, "demo").rows(Wanted(kind=Kind.GUARDED))
        return [row async for row in rows if row.detector == Detector.JUDGE]


async def test_what_the_model_objects_to_in_time_is_not_answered(
    tmp_path: Path, model: Model, doubtful: Doubtful
) -> None:
    turn = doubtful.turn
    model.judges, model.thinks_s = says("PROHIBITED"), 1.5
    reply = await told(tmp_path, model, turn)
    assert ANSWER not in reply.text
    assert reply.text
    [row] = await objections(tmp_path)
    assert (row.verdict, row.action, row.text) == ("refuse", "refused", turn)
    [question] = model.asked
    assert json.dumps(turn) in question


async def test_a_caller_does_not_wait_for_an_opinion(
    tmp_path: Path, model: Model, doubtful: Doubtful
) -> None:
    model.judges = never
    waited = await told(tmp_path, model, doubtful.turn)
    assert ANSWER in waited.text
    assert await objections(tmp_path) == []


@pytest.mark.parametrize(
    "judges",
    [says("ALLOWED"), says("It is PROHIBITED, I think"), says(""), status(500), web_page],
    ids=["allows", "rambles", "is silent", "fails", "is something else"],
)
async def test_a_model_that_objects_to_nothing_or_fails_changes_nothing(
    tmp_path: Path, model: Model, doubtful: Doubtful, judges: Answer
) -> None:
    model.judges, model.thinks_s = judges, 1.0
    assert ANSWER in (await told(tmp_path, model, doubtful.turn)).text
    assert await objections(tmp_path) == []
    assert len(model.asked) == 1


async def test_a_tenant_without_a_language_model_is_told_so_at_the_start(tmp_path: Path) -> None:
    own = settings(tmp_path, bundle(tmp_path), guard_judge="llm")
    with pytest.raises(ConfigurationError, match=r"RECEPTIONIST_GUARD_JUDGE.*engines\.llm"):
        async with started(own, spoken=()):
            pass


@pytest.fixture
async def written(
    tmp_path: Path, model: Model, doubtful: Doubtful, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A bundle with instructions that are in doubt, checked with the language model."""
    model.about = ADMINS
    folder = tmp_path / "mill"
    (folder / "prompts").mkdir(parents=True)
    text = "\n\n".join(doubtful.sentences)
    engines = json.dumps({"llm": model.brain})
    write_bundle(folder, tenant=f"{TENANT}engines: {engines}\n")
    (folder / "prompts" / "work.md").write_text(text, encoding="utf-8")
    monkeypatch.setenv("RECEPTIONIST_GUARD_JUDGE", "llm")
    monkeypatch.setenv("RECEPTIONIST_INDEX_CACHE_DIR", str(tmp_path / "index"))
    return folder


async def checked(folder: Path) -> tuple[int, list[dict[str, Any]]]:
    """Returns how `receptionist check` ends, and what it finds."""
    invoke = CliRunner().invoke
    result = await asyncio.to_thread(invoke, app, ["check", str(folder), "--json"])
    return result.exit_code, json.loads(result.stdout)["findings"]


async def test_instructions_the_model_objects_to_want_approval(written: Path, model: Model) -> None:
    model.judges = says("PROHIBITED")
    code, findings = await checked(written)
    assert code == 3
    assert {(one["verdict"], one["detector"]) for one in findings} == {("ask", "judge")}
    asked = len(model.asked)
    assert asked == len(findings)
    assert await checked(written) == (code, findings)
    assert len(model.asked) == asked  # what was judged is kept


async def test_a_model_that_is_gone_holds_up_no_check_and_is_asked_again_next_time(
    written: Path, model: Model
) -> None:
    model.judges = status(503)
    assert await checked(written) == (0, [])
    assert len(model.asked) == 1
    model.judges = says("PROHIBITED")
    assert (await checked(written))[0] == 3
