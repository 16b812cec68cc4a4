"""The version that is live answers; calls that run keep the one they began with."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from receptionist.calls.plan import CallRequest
from receptionist.database import Database
from receptionist.errors import ConfigurationError
from receptionist.settings import Settings
from receptionist.versions.checks import FilesCheck
from receptionist.versions.customer_repository import CustomerRepository
from receptionist.versions.drafts import Drafts
from receptionist.versions.folders import read_folder
from receptionist.versions.importing import bring_in
from receptionist.versions.publishing import Versions
from receptionist.versions.records import Label
from receptionist.versions.repository import TenantRepositories
from tests.e2e import product
from tests.receptionist.versions.conftest import NOON
from tests.receptionist.versions.mill import doubting
from tests.waiting import until

pytestmark = pytest.mark.integration

GREETING = "prompts/greeting.en.md"
NOTICED_S = 20.0
"""Compiling takes a moment on a busy machine; to notice takes half a second."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        tenant="demo", data_dir=tmp_path / "data", phrase_cache_dir=tmp_path / "p", sip=False
    )


@pytest.fixture
async def kept(settings: Settings) -> AsyncGenerator[Database]:
    async with await Database.open("", settings.data_dir) as database:
        async with database.write() as session:
            customers = CustomerRepository(session)
            await customers.add("home", "Brindlewick", at=NOON)
            await customers.add_tenant("home", "demo", author="root", at=NOON)
        yield database


@pytest.fixture
async def versions(
    kept: Database, settings: Settings, judging: Settings, tmp_path: Path
) -> Versions:
    files = read_folder(product.bundle(tmp_path))
    await bring_in(kept, "demo", files, author="root")
    check = FilesCheck("demo", settings.data_dir, doubting(judging).check)
    versions = Versions(kept, "demo", check)
    await versions.publish(author="root", message="First.")
    return versions


async def greet_with(kept: Database, text: str) -> None:
    drafts = Drafts(kept, "demo")
    now = await drafts.read(GREETING)
    await drafts.write(GREETING, text.encode(), revision=now.revision, author="ann")


def called(call_id: str) -> CallRequest:
    return CallRequest(call_id=call_id, channel="text", language="en")


async def test_new_calls_are_answered_with_what_was_published_while_the_process_runs(
    kept: Database, versions: Versions, settings: Settings
) -> None:
    async with product.started(settings, spoken=()) as supervisor:
        first = supervisor.plan(called("one"))
        assert first.snapshot.version.endswith("-v1")
        waiting = supervisor.plan(called("waiting"))
        async with supervisor.text_call(first) as running:
            await greet_with(kept, "You have reached the second version.")
            await versions.publish(author="ann", message="Second.")
            await until(lambda: supervisor.snapshot.version.endswith("-v2"), NOTICED_S)
            second = supervisor.plan(called("two"))
            assert second.greeting == "You have reached the second version."
            assert first.greeting != second.greeting
            assert (await running.say("what are your opening hours")).text
        async with supervisor.text_call(waiting) as late:
            assert (await late.say("what are your opening hours")).text
        async with supervisor.text_call(second) as call:
            assert (await call.say("thank you, goodbye")).text
        await versions.roll_back(author="bo", message="It was wrong.")
        await until(lambda: supervisor.snapshot.version == first.snapshot.version, NOTICED_S)
    one, two = await product.kept(settings, "one"), await product.kept(settings, "two")
    assert one.version == first.snapshot.version
    assert two.version == second.snapshot.version
    assert one.version.removesuffix("-v1") != two.version.removesuffix("-v2")


async def test_a_version_that_cannot_answer_leaves_the_one_before_in_its_place(
    kept: Database, versions: Versions, settings: Settings, logged: list[str]
) -> None:
    del versions
    async with product.started(settings, spoken=()) as supervisor:
        async with kept.write() as session:
            tenant = TenantRepositories.of(session, "demo")
            await tenant.drafts.locked()
            first = await tenant.versions.get(1)
            manifest = dict(await tenant.versions.manifest(1))
            del manifest["hours.yaml"]
            await tenant.versions.add(first.model_copy(update={"number": 2}), manifest)
            await tenant.versions.move(Label.LIVE, 2, author="x", message="x", at=NOON)
        await until(lambda: [line for line in logged if "cannot answer" in line], NOTICED_S)
        [told] = [line for line in logged if "cannot answer" in line]
        assert "version 2 of 'demo' cannot answer, 1 does" in told
        assert "hours.yaml" in told
        plan = supervisor.plan(called("one"))
        assert plan.snapshot.version.endswith("-v1")


async def test_a_tenant_of_which_nothing_is_live_says_what_to_do(
    kept: Database, settings: Settings
) -> None:
    del kept
    with pytest.raises(ConfigurationError, match="No version is labelled 'live' yet"):
        async with product.started(settings, spoken=()):
            pass
    nobody = settings.model_copy(update={"tenant": "nobody"})
    with pytest.raises(ConfigurationError, match="RECEPTIONIST_TENANT is 'nobody'"):
        async with product.started(nobody, spoken=()):
            pass


async def test_a_folder_that_is_set_goes_before_a_tenant(
    settings: Settings, tmp_path: Path
) -> None:
    folder = settings.model_copy(update={"tenant_dir": product.bundle(tmp_path)})
    async with product.started(folder, spoken=()) as supervisor:
        assert "-v" not in supervisor.snapshot.version
