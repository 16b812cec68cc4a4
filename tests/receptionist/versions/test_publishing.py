"""A draft becomes a version, a label names it, and nothing that was published ever changes."""

import asyncio

import pytest

from receptionist.database import Database
from receptionist.errors import ConfigurationError, NotFoundError
from receptionist.tenants.finding import Severity
from receptionist.versions.checks import FilesCheck, RefusedError
from receptionist.versions.drafts import Drafts
from receptionist.versions.errors import ChangedError
from receptionist.versions.files import Files
from receptionist.versions.importing import bring_in
from receptionist.versions.publishing import Versions
from receptionist.versions.records import EditKind, Label
from receptionist.versions.repository import TenantRepositories
from tests.receptionist.tenants.small_bundle import CONTACTS, TENANT
from tests.receptionist.versions.mill import MILL, with_files

pytestmark = pytest.mark.integration


@pytest.fixture
async def versions(mill: Database, check: FilesCheck) -> Versions:
    await bring_in(mill, "mill", MILL, author="ann")
    return Versions(mill, "mill", check)


@pytest.fixture
def drafts(mill: Database) -> Drafts:
    return Drafts(mill, "mill")


async def rewrite(drafts: Drafts, path: str, content: bytes, author: str = "ann") -> None:
    now = await drafts.read(path)
    await drafts.write(path, content, revision=now.revision, author=author)


async def renamed(drafts: Drafts, name: str) -> None:
    await rewrite(drafts, "contacts.yaml", CONTACTS.replace("Ann Lee", name).encode())


async def files_of(mill: Database, number: int) -> Files:
    async with mill.read() as session:
        tenant = TenantRepositories.of(session, "mill")
        return await tenant.contents(await tenant.versions.manifest(number))


async def live(mill: Database) -> int | None:
    async with mill.read() as session:
        return await TenantRepositories.of(session, "mill").versions.named(Label.LIVE)


async def test_a_draft_is_published_and_answers(
    mill: Database, versions: Versions, drafts: Drafts
) -> None:
    draft = await drafts.look()
    assert (draft.changed, draft.based_on) == (True, None)
    published = await versions.publish(author="bo", message=" The first. ", seen=draft.sha256)
    version = published.version
    assert published.added
    assert (version.number, version.parent, version.author) == (1, None, "bo")
    assert (version.message, version.files_sha256) == ("The first.", draft.sha256)
    assert version.policy_hash
    assert version.judge
    assert {problem.severity for problem in version.problems} <= {Severity.WARNING}
    assert await live(mill) == 1
    draft = await drafts.look()
    assert (draft.changed, draft.based_on) == (False, 1)
    assert await files_of(mill, 1) == MILL


async def test_who_asks_twice_is_answered_once(
    mill: Database, versions: Versions, drafts: Drafts
) -> None:
    seen = (await drafts.look()).sha256
    first = await versions.publish(author="ann", message="First.", seen=seen)
    await renamed(drafts, "Ann Smith")
    again = await versions.publish(author="ann", message="First.", seen=seen)
    assert (again.added, again.version) == (False, first.version)
    at_once = await asyncio.gather(
        *(versions.publish(author=who, message="Second.") for who in ("ann", "bo", "cy"))
    )
    assert sorted(one.added for one in at_once) == [False, False, True]
    assert {one.version.number for one in at_once} == {2}
    assert len(await versions.latest()) == 2


async def test_nobody_publishes_what_a_colleague_typed_meanwhile(
    mill: Database, versions: Versions, drafts: Drafts
) -> None:
    seen = (await drafts.look()).sha256
    await rewrite(drafts, "contacts.yaml", CONTACTS.replace("Lee", "Low").encode(), "bo")
    with pytest.raises(ChangedError, match=r"bo has changed 'contacts\.yaml' meanwhile"):
        await versions.publish(author="ann", message="First.", seen=seen)
    assert await live(mill) is None


async def test_what_the_check_refuses_is_not_published(
    mill: Database, versions: Versions, drafts: Drafts
) -> None:
    await rewrite(
        drafts, "tenant.yaml", TENANT.replace("escalation: desk", "escalation: x").encode()
    )
    with pytest.raises(RefusedError, match=r"tenant\.yaml:7") as refused:
        await versions.publish(author="ann", message="First.")
    assert not refused.value.checked.stands
    assert await versions.latest() == []
    assert await live(mill) is None


async def test_files_of_another_tenant_are_not_published(
    versions: Versions, drafts: Drafts
) -> None:
    await rewrite(drafts, "tenant.yaml", TENANT.replace("tenant: mill", "tenant: bakery").encode())
    with pytest.raises(RefusedError, match="is 'bakery'; these are the files of another one"):
        await versions.publish(author="ann", message="First.")


async def test_an_empty_draft_is_not_published(mill: Database, check: FilesCheck) -> None:
    with pytest.raises(RefusedError, match=r"tenant\.yaml:1: is missing"):
        await Versions(mill, "mill", check).publish(author="ann", message="Nothing.")


async def test_a_publish_says_what_has_changed(versions: Versions) -> None:
    with pytest.raises(ConfigurationError, match="Say what has changed"):
        await versions.publish(author="ann", message=" ")


async def test_staging_is_tried_out_while_live_answers(
    mill: Database, versions: Versions, drafts: Drafts
) -> None:
    await versions.publish(author="ann", message="First.")
    await renamed(drafts, "Ann Smith")
    tried = await versions.publish(author="ann", message="Second.", label=Label.STAGING)
    assert await live(mill) == 1
    await versions.name(Label.LIVE, tried.version.number, author="bo", message="It is good.")
    assert await live(mill) == 2
    again = await versions.name(Label.LIVE, 2, author="cy", message="Again.")
    assert again.author == "bo"


async def test_live_is_rolled_back_step_by_step(
    mill: Database, versions: Versions, drafts: Drafts
) -> None:
    with pytest.raises(NotFoundError, match="before this one"):
        await versions.roll_back(author="bo", message="Why not.")
    for number in range(3):
        await renamed(drafts, f"Ann {'I' * (number + 1)}")
        await versions.publish(author="ann", message=f"Number {number + 1}.")
    assert (await versions.roll_back(author="bo", message="It was wrong.")).number == 2
    assert (await versions.roll_back(author="bo", message="That too.")).number == 1
    with pytest.raises(NotFoundError, match="before this one"):
        await versions.roll_back(author="bo", message="And that.")
    assert (await versions.roll_back(author="bo", message="It was right.", to=3)).number == 3
    async with mill.read() as session:
        moves = await TenantRepositories.of(session, "mill").versions.moves(Label.LIVE)
    assert [move.number for move in moves] == [3, 1, 2, 3, 2, 1]
    with pytest.raises(NotFoundError, match="no version 9"):
        await versions.roll_back(author="bo", message="Nonsense.", to=9)


async def test_a_version_is_restored_to_the_draft_and_nothing_is_lost(
    mill: Database, versions: Versions, drafts: Drafts
) -> None:
    await versions.publish(author="ann", message="First.")
    await renamed(drafts, "Ann Smith")
    await versions.publish(author="ann", message="Second.")
    await renamed(drafts, "Ann Typing")
    seen = (await drafts.look()).sha256
    with pytest.raises(ChangedError):
        await versions.restore(1, author="bo", seen="0" * 64)
    draft = await versions.restore(1, author="bo", seen=seen)
    assert (draft.changed, draft.based_on) == (False, 1)
    assert await drafts.files() == MILL
    [restored, typed, *_] = await drafts.history("contacts.yaml")
    assert restored.kind is EditKind.RESTORE
    typing = await drafts.read("contacts.yaml", typed.revision)
    assert b"Ann Typing" in (typing.content or b"")
    third = await versions.publish(author="bo", message="As the first was.")
    assert (third.version.number, third.version.parent) == (3, 1)
    assert await files_of(mill, 2) != MILL


async def test_a_version_the_policy_refuses_today_does_not_answer_again(
    mill: Database, versions: Versions, check: FilesCheck
) -> None:
    await versions.publish(author="ann", message="First.")
    other = with_files(hours=None)
    async with mill.write() as session:
        tenant = TenantRepositories.of(session, "mill")
        await tenant.drafts.locked()
        first = await tenant.versions.get(1)
        manifest = dict(await tenant.versions.manifest(1))
        del manifest["hours.yaml"]
        await tenant.versions.add(first.model_copy(update={"number": 2}), manifest)
    assert await files_of(mill, 2) == other
    with pytest.raises(RefusedError, match="Version 2 of 'mill' cannot answer"):
        await versions.name(Label.LIVE, 2, author="ann", message="Try.")
    await versions.name(Label.STAGING, 2, author="ann", message="Try.")
    assert await live(mill) == 1
