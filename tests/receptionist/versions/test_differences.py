"""What has changed between two versions is told in words and by line."""

from pathlib import Path

import pytest

from receptionist.database import Database
from receptionist.errors import NotFoundError
from receptionist.tenants.bundle import load_bundle
from receptionist.tenants.config import TenantConfig
from receptionist.versions.checks import FilesCheck
from receptionist.versions.comparing import Comparison
from receptionist.versions.differences import Change, file_changes
from receptionist.versions.drafts import Drafts
from receptionist.versions.folders import write_folder
from receptionist.versions.importing import bring_in
from receptionist.versions.publishing import Versions
from receptionist.versions.worded import worded_changes
from tests.receptionist.tenants.small_bundle import CONTACTS, FAQ, HOURS, TENANT
from tests.receptionist.versions.mill import MILL, topic, with_files

pytestmark = pytest.mark.integration


def tenant(folder: Path, **changed: bytes | None) -> TenantConfig:
    write_folder(with_files(**changed), folder)
    return load_bundle(folder)


def words(tmp_path: Path, **changed: bytes | None) -> list[str]:
    before, after = tenant(tmp_path / "a"), tenant(tmp_path / "b", **changed)
    assert worded_changes(before, before) == []
    return [str(change) for change in worded_changes(before, after)]


def test_a_new_and_a_changed_topic_are_named(tmp_path: Path) -> None:
    faq = FAQ.replace("behind the mill", "at the mill") + topic("dogs", "Yes, on a lead.")
    assert words(tmp_path, faq_all=faq.encode()) == [
        "faq 'Parking' changed: languages.en.answer is now 'Yes, at the mill.',"
        " was 'Yes, behind the mill.'",
        "faq 'Parking' added",
    ]


def test_a_person_who_is_renamed_is_the_same_person(tmp_path: Path) -> None:
    contacts = CONTACTS.replace("Ann Lee", "Ann Smith").replace('"2"', '"22"')
    assert words(tmp_path, contacts=contacts.encode()) == [
        "contact 'Ann Lee' changed: renamed to 'Ann Smith'; extension is now '22', was '2'"
    ]


def test_a_person_who_is_gone_and_one_who_is_new(tmp_path: Path) -> None:
    contacts = CONTACTS.replace("id: ann", "id: bo").replace("Ann Lee", "Bo Hart")
    assert words(tmp_path, contacts=contacts.encode()) == [
        "contact 'Ann Lee' removed",
        "contact 'Bo Hart' added",
    ]


def test_settings_are_told_value_by_value(tmp_path: Path) -> None:
    hours = HOURS.replace('"14:00-18:00"', '"14:00-19:00"')
    name = TENANT.replace("The Mill", "The Old Mill") + "patience: {max_call_s: 600}\n"
    told = words(tmp_path, hours=hours.encode(), tenant=name.encode())
    assert told == [
        "setting 'company' changed: is now 'The Old Mill', was 'The Mill'",
        "setting 'patience.max_call_s' changed: is now 600, was 1800",
        "setting 'hours.week.monday' changed: has '14:00-19:00' and has no longer '14:00-18:00'",
    ]


def test_files_are_compared_line_by_line() -> None:
    after = with_files(hours=None) | {
        "contacts.yaml": MILL["contacts.yaml"].replace(b"Ann Lee", b"Ann Smith"),
        "documents/a.pdf": b"\0\xff",
    }
    contacts, document, hours = file_changes(MILL, after)
    changes = [contacts.change, document.change, hours.change]
    assert changes == [Change.CHANGED, Change.ADDED, Change.REMOVED]
    assert document.lines is None
    assert contacts.lines is not None
    assert [line for line in contacts.lines if line[:1] in "+-"][2:] == [
        "-    name: Ann Lee",
        "+    name: Ann Smith",
    ]
    assert hours.after is None


async def test_any_two_sides_are_compared(mill: Database, check: FilesCheck) -> None:
    comparison = Comparison(mill, "mill", check.folders, None)
    await bring_in(mill, "mill", MILL, author="ann")
    with pytest.raises(NotFoundError, match="labelled 'live'"):
        await comparison.files("live")
    await Versions(mill, "mill", check).publish(author="ann", message="First.")
    drafts = Drafts(mill, "mill")
    contacts = await drafts.read("contacts.yaml")
    renamed = MILL["contacts.yaml"].replace(b"Ann Lee", b"Ann Smith")
    await drafts.write("contacts.yaml", renamed, revision=contacts.revision, author="bo")
    found = await comparison.between("live", "draft")
    assert [str(change) for change in found.words] == [
        "contact 'Ann Lee' changed: renamed to 'Ann Smith'"
    ]
    assert [file.path for file in found.files] == ["contacts.yaml"]
    same = await comparison.between("1", "v1")
    assert (same.words, same.files) == ([], [])
    for side in ("2", "nonsense", "-1", "9" * 30, ""):
        with pytest.raises(NotFoundError):
            await comparison.files(side)
