"""Several people write one draft at once; nothing is overwritten and nothing is lost."""

import asyncio

import pytest

from receptionist.database import Database
from receptionist.errors import NotFoundError
from receptionist.versions.drafts import Drafts
from receptionist.versions.errors import ChangedError, ConflictError
from receptionist.versions.files import FilesError
from receptionist.versions.importing import bring_in
from receptionist.versions.records import EditKind

pytestmark = pytest.mark.integration

TEXT = b"one\ntwo\nthree\nfour\nfive\n"


@pytest.fixture
def drafts(mill: Database) -> Drafts:
    return Drafts(mill, "mill")


async def test_a_file_is_written_read_and_deleted(drafts: Drafts) -> None:
    first = await drafts.write("faq/new.yaml", b"one\n", revision=0, author="ann")
    second = await drafts.write("faq/new.yaml", b"two\n", revision=first.revision, author="ann")
    assert (await drafts.read("faq/new.yaml")).content == b"two\n"
    await drafts.write("faq/new.yaml", None, revision=second.revision, author="bo")
    assert (await drafts.look()).files == []
    history = await drafts.history("faq/new.yaml")
    assert [(edit.author, edit.kind) for edit in history] == [
        ("bo", EditKind.EDIT),
        ("ann", EditKind.EDIT),
        ("ann", EditKind.EDIT),
    ]
    assert (await drafts.read("faq/new.yaml", first.revision)).content == b"one\n"


async def test_changes_of_two_people_are_merged(drafts: Drafts) -> None:
    base = await drafts.write("a.yaml", TEXT, revision=0, author="ann")
    await drafts.write("a.yaml", TEXT + b"six\n", revision=base.revision, author="ann")
    mine = TEXT.replace(b"one", b"ONE")
    written = await drafts.write("a.yaml", mine, revision=base.revision, author="bo")
    assert written.merged
    assert written.content == mine + b"six\n"
    assert (await drafts.read("a.yaml")).content == mine + b"six\n"
    [latest, *_] = await drafts.history("a.yaml")
    assert (latest.author, latest.kind) == ("bo", EditKind.MERGE)


async def test_changes_of_the_same_lines_are_for_the_writer_to_decide(drafts: Drafts) -> None:
    base = await drafts.write("a.yaml", TEXT, revision=0, author="ann")
    theirs = TEXT.replace(b"two", b"2")
    await drafts.write("a.yaml", theirs, revision=base.revision, author="ann")
    mine = TEXT.replace(b"two", b"TWO")
    with pytest.raises(ConflictError, match=r"ann has changed 'a\.yaml' meanwhile") as conflict:
        await drafts.write("a.yaml", mine, revision=base.revision, author="bo")
    found = conflict.value
    assert (found.base, found.mine, found.theirs, found.author) == (TEXT, mine, theirs, "ann")
    assert (await drafts.read("a.yaml")).content == theirs
    decided = TEXT.replace(b"two", b"2, TWO")
    await drafts.write("a.yaml", decided, revision=found.revision, author="bo")
    assert (await drafts.read("a.yaml")).content == decided


async def test_who_writes_a_file_that_was_deleted_meanwhile_is_asked(drafts: Drafts) -> None:
    base = await drafts.write("a.yaml", TEXT, revision=0, author="ann")
    await drafts.write("a.yaml", None, revision=base.revision, author="ann")
    with pytest.raises(ConflictError, match="ann has deleted") as conflict:
        await drafts.write("a.yaml", TEXT + b"six\n", revision=base.revision, author="bo")
    assert conflict.value.theirs is None
    again = await drafts.write("a.yaml", TEXT, revision=conflict.value.revision, author="bo")
    assert again.revision > conflict.value.revision


async def test_who_deletes_a_file_that_was_changed_meanwhile_is_asked(drafts: Drafts) -> None:
    base = await drafts.write("a.yaml", TEXT, revision=0, author="ann")
    await drafts.write("a.yaml", TEXT + b"six\n", revision=base.revision, author="ann")
    with pytest.raises(ConflictError) as conflict:
        await drafts.write("a.yaml", None, revision=base.revision, author="bo")
    assert (conflict.value.mine, conflict.value.theirs) == (None, TEXT + b"six\n")


async def test_two_who_make_one_file_are_merged_when_they_agree(drafts: Drafts) -> None:
    await drafts.write("a.yaml", TEXT, revision=0, author="ann")
    same = await drafts.write("a.yaml", TEXT, revision=0, author="bo")
    assert not same.merged
    with pytest.raises(ConflictError):
        await drafts.write("a.yaml", b"other\n", revision=0, author="bo")


async def test_what_is_no_text_is_never_merged(drafts: Drafts) -> None:
    image = b"\x89PNG\n" + bytes(range(256)) + b"\nend\n"
    base = await drafts.write("documents/a.pdf", image, revision=0, author="ann")
    await drafts.write("documents/a.pdf", image + b"1\n", revision=base.revision, author="ann")
    with pytest.raises(ConflictError):
        await drafts.write("documents/a.pdf", b"0\n" + image, revision=base.revision, author="bo")


async def test_saving_what_is_there_already_is_no_edit(drafts: Drafts) -> None:
    base = await drafts.write("a.yaml", TEXT, revision=0, author="ann")
    await drafts.write("a.yaml", TEXT, revision=base.revision, author="ann")
    other = await drafts.write("a.yaml", TEXT + b"six\n", revision=base.revision, author="bo")
    stale = await drafts.write("a.yaml", TEXT, revision=base.revision, author="ann")
    assert stale.content == TEXT + b"six\n"
    assert (stale.revision, stale.merged) == (other.revision, True)
    assert len(await drafts.history()) == 2


async def test_ten_people_may_save_at_once(drafts: Drafts) -> None:
    lines = [b"line %d\n" % number for number in range(30)]
    base = await drafts.write("a.yaml", b"".join(lines), revision=0, author="ann")

    async def save(number: int) -> None:
        mine = [*lines]
        mine[3 * number] = b"changed by %d\n" % number
        await drafts.write(
            "a.yaml", b"".join(mine), revision=base.revision, author=f"user {number}"
        )

    await asyncio.gather(*(save(number) for number in range(10)))
    content = (await drafts.read("a.yaml")).content or b""
    assert content.count(b"changed by") == 10
    assert len(await drafts.history("a.yaml")) == 11


async def test_a_revision_nobody_has_seen_is_refused(drafts: Drafts) -> None:
    with pytest.raises(NotFoundError, match="never had revision 7"):
        await drafts.write("a.yaml", TEXT, revision=7, author="ann")
    await drafts.write("a.yaml", TEXT, revision=0, author="ann")
    with pytest.raises(NotFoundError, match="never had revision 7"):
        await drafts.write("a.yaml", TEXT, revision=7, author="ann")
    with pytest.raises(NotFoundError, match=r"no file 'b\.yaml'"):
        await drafts.read("b.yaml")


@pytest.mark.parametrize(
    "path", ["../tenant.yaml", "/etc/passwd", "faq/../../x", "a\\b", "CON.yaml", "a/.git/b", ""]
)
async def test_a_name_that_leads_elsewhere_is_refused(drafts: Drafts, path: str) -> None:
    with pytest.raises(FilesError):
        await drafts.write(path, TEXT, revision=0, author="ann")
    assert (await drafts.look()).files == []


async def test_two_names_that_are_one_on_some_machines_are_refused(drafts: Drafts) -> None:
    await drafts.write("faq/prices.yaml", TEXT, revision=0, author="ann")
    for path in ("faq/Prices.yaml", "FAQ", "faq/prices.yaml/x"):
        with pytest.raises(FilesError, match="one name on some machines"):
            await drafts.write(path, TEXT, revision=0, author="ann")


async def test_a_draft_with_changes_nobody_has_published_is_not_replaced_unasked(
    mill: Database, drafts: Drafts
) -> None:
    await drafts.write("a.yaml", TEXT, revision=0, author="ann")
    await drafts.write("b.yaml", TEXT, revision=0, author="bo")
    new = {"b.yaml": TEXT, "c.yaml": b"new\n"}
    with pytest.raises(ChangedError, match=r"the last by bo in 'b\.yaml'"):
        await bring_in(mill, "mill", new, author="cy")
    await bring_in(mill, "mill", new, author="cy", overwrite=True)
    assert await drafts.files() == new
    assert [edit.path for edit in await drafts.history() if edit.author == "cy"] == [
        "c.yaml",
        "a.yaml",
    ]


async def test_large_files_are_kept_while_others_write(mill: Database, drafts: Drafts) -> None:
    large = {f"documents/{n}.bin": bytes([n]) * 900_000 for n in range(6)}
    await asyncio.gather(
        bring_in(mill, "mill", large, author="cy", overwrite=True),
        *(drafts.write(f"faq/{n}.yaml", TEXT, revision=0, author="ann") for n in range(5)),
    )
    assert large.items() <= (await drafts.files()).items()


async def test_a_tenant_that_is_not_there_has_no_draft(database: Database) -> None:
    drafts = Drafts(database, "nobody")
    with pytest.raises(NotFoundError, match="no tenant 'nobody'"):
        await drafts.look()
    with pytest.raises(NotFoundError, match="no tenant 'nobody'"):
        await drafts.write("a.yaml", TEXT, revision=0, author="ann")


async def test_drafts_of_two_tenants_know_nothing_of_each_other(mill: Database) -> None:
    from receptionist.versions.customer_repository import CustomerRepository
    from tests.receptionist.versions.conftest import NOON

    async with mill.write() as session:
        await CustomerRepository(session).add_tenant("flour", "bakery", author="ann", at=NOON)
    one, other = Drafts(mill, "mill"), Drafts(mill, "bakery")
    written = await one.write("a.yaml", TEXT, revision=0, author="ann")
    with pytest.raises(NotFoundError):
        await other.read("a.yaml")
    with pytest.raises(NotFoundError):
        await other.read("a.yaml", written.revision)
    assert await other.history() == []
    await other.write("a.yaml", b"other\n", revision=0, author="bo")
    assert (await one.read("a.yaml")).content == TEXT
