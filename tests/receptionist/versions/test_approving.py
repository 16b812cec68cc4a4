"""A sentence the check asks about is published once a second person stands for it."""

import pytest

from receptionist.database import Database
from receptionist.versions.approving import Approvals
from receptionist.versions.checks import FilesCheck, RefusedError
from receptionist.versions.drafts import Drafts
from receptionist.versions.errors import NotApprovedError
from receptionist.versions.guard_file import approvals_in
from receptionist.versions.importing import bring_in
from receptionist.versions.publishing import Versions
from receptionist.versions.records import ApprovalOrigin, EditKind
from tests.receptionist.tenants.doubtful_bundle import DOUBTFUL, RANKING, approval
from tests.receptionist.versions.mill import MILL

pytestmark = pytest.mark.integration

WORK = "prompts/work.md"
REASON = "Says when people come; nobody is judged."


@pytest.fixture
async def approvals(mill: Database, check: FilesCheck) -> Approvals:
    await bring_in(mill, "mill", MILL, author="ann")
    return Approvals(mill, "mill", check)


@pytest.fixture
def drafts(mill: Database) -> Drafts:
    return Drafts(mill, "mill")


@pytest.fixture
def versions(mill: Database, check: FilesCheck) -> Versions:
    return Versions(mill, "mill", check)


async def test_a_second_person_stands_for_what_is_in_doubt(
    approvals: Approvals, drafts: Drafts, versions: Versions
) -> None:
    await drafts.write(WORK, f"Be kind.\n{DOUBTFUL}\n".encode(), revision=0, author="ann")
    with pytest.raises(RefusedError, match="approval"):
        await versions.publish(author="ann", message="Work.")
    [doubt] = await approvals.wanted()
    assert (doubt.sentence, doubt.file, doubt.line) == (DOUBTFUL, WORK, 2)
    assert doubt.authors == ["ann"]
    with pytest.raises(NotApprovedError, match="a second person has to approve it"):
        await approvals.approve(doubt.sentence_sha256, approver="ann", reason=REASON)
    given = await approvals.approve(doubt.sentence_sha256, approver="bo", reason=REASON)
    assert (given.author, given.approver, given.origin) == ("ann", "bo", ApprovalOrigin.HERE)
    assert await approvals.wanted() == []
    published = await versions.publish(author="ann", message="Work.")
    assert published.version.number == 1
    [edit] = await drafts.history("guard.yaml", limit=1)
    assert (edit.kind, edit.author) == (EditKind.APPROVAL, "bo")
    [written] = approvals_in((await drafts.read("guard.yaml")).content or b"")
    assert (written.sentence, written.author, written.approver) == (DOUBTFUL, "ann", "bo")


async def test_who_has_written_it_is_told_from_the_history(
    approvals: Approvals, drafts: Drafts
) -> None:
    first = await drafts.write(WORK, f"{DOUBTFUL}\n".encode(), revision=0, author="ann")
    other = f"Be kind.\n\n{DOUBTFUL}\n".encode()
    await drafts.write(WORK, other, revision=first.revision, author="bo")
    [doubt] = await approvals.wanted()
    assert doubt.authors == ["ann"]
    now = await drafts.write(WORK, b"Be kind.\n", revision=first.revision + 1, author="cy")
    await drafts.write(WORK, other, revision=now.revision, author="bo")
    [doubt] = await approvals.wanted()
    assert doubt.authors == ["ann", "bo"]


async def test_an_approval_an_author_writes_himself_does_not_count(
    approvals: Approvals, drafts: Drafts, versions: Versions
) -> None:
    await drafts.write(WORK, DOUBTFUL.encode(), revision=0, author="ann")
    guard = await drafts.read("guard.yaml")
    await drafts.write(
        "guard.yaml", approval(DOUBTFUL).encode(), revision=guard.revision, author="ann"
    )
    with pytest.raises(RefusedError, match="says that 'Bo Hart' has approved"):
        await versions.publish(author="ann", message="Work.")
    assert await approvals.given() == []


async def test_approvals_that_are_brought_in_count_for_whoever_brought_them(
    approvals: Approvals, versions: Versions, mill: Database
) -> None:
    files = MILL | {WORK: DOUBTFUL.encode(), "guard.yaml": approval(DOUBTFUL).encode()}
    await bring_in(mill, "mill", files, author="root", overwrite=True)
    [given] = await approvals.given()
    assert (given.approver, given.recorded_by) == ("Bo Hart", "root")
    assert given.origin is ApprovalOrigin.IMPORT
    await versions.publish(author="root", message="From git.")
    await bring_in(mill, "mill", files, author="root")
    assert len(await approvals.given()) == 1


async def test_what_is_refused_cannot_be_approved_here(
    approvals: Approvals, drafts: Drafts
) -> None:
    await drafts.write(WORK, RANKING.encode(), revision=0, author="ann")
    assert await approvals.wanted() == []
    with pytest.raises(NotApprovedError, match="asks about no sentence"):
        await approvals.approve("0" * 64, approver="bo", reason=REASON)


async def test_an_approval_says_why(approvals: Approvals, drafts: Drafts) -> None:
    await drafts.write(WORK, DOUBTFUL.encode(), revision=0, author="ann")
    [doubt] = await approvals.wanted()
    with pytest.raises(NotApprovedError, match="reason"):
        await approvals.approve(doubt.sentence_sha256, approver="bo", reason="")
    assert await approvals.given() == []
