"""`receptionist check` finds keys of the menu that lead nowhere, with file and line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from receptionist.telephony.config import Phone
from receptionist.tenants.bundle import examine, load_bundle
from tests.receptionist.tenants.small_bundle import CONTACTS, write_bundle

pytestmark = pytest.mark.unit


def said(folder: Path, menu: str, contacts: str = CONTACTS) -> list[str]:
    written = write_bundle(folder, phone=f"busy: reject\nmenu:\n{menu}", contacts=contacts)
    return [str(problem) for problem in examine(written).problems]


def test_a_menu_that_leads_to_people_and_a_message_is_what_is_set(tmp_path: Path) -> None:
    phone = 'menu: {1: desk, "2": ann, 9: message}\nkeys_pause_ms: 2500\n'
    config = load_bundle(write_bundle(tmp_path, phone=phone))
    assert config.phone.menu == {"1": "desk", "2": "ann", "9": "message"}
    assert config.phone.keys_pause_ms == 2500


@pytest.mark.parametrize(
    ("menu", "line", "message"),
    [
        ("  1: desk\n  2: sails\n", 4, "there is no department or person 'sails'"),
        ("  1: desk\n  1: ann\n", 4, "'1' is already given on line 3"),
        ('  1: desk\n  "1": ann\n', 4, "'1' is already given on line 3"),
        ("  0: desk\n", 3, "the key 0 asks for a person on every call"),
        ('  "*": desk\n', 3, "the key * repeats on every call"),
        ('  "#": desk\n', 3, "the key # ends what is typed"),
        ("  12: desk\n", 3, "'12' is no key of a menu; use 1 to 9"),
    ],
)
def test_a_key_that_leads_nowhere_is_found_where_it_stands(
    tmp_path: Path, menu: str, line: int, message: str
) -> None:
    [problem] = said(tmp_path, menu)
    assert problem.startswith(f"phone.yaml:{line}: ")
    assert message in problem


@pytest.mark.parametrize("extension", ["", 'extension: "118"', 'extension: "+441632960100"'])
def test_a_key_for_somebody_who_is_never_rung_is_found(tmp_path: Path, extension: str) -> None:
    contacts = CONTACTS.replace('extension: "2"', extension)
    problems = said(tmp_path, "  4: ann\n", contacts)
    found = [problem for problem in problems if problem.startswith("phone.yaml")]
    assert found == ["phone.yaml:3: 'ann' has no extension that may be rung"]


@pytest.mark.parametrize("pause_ms", [499, 5001])
def test_a_pause_nobody_can_type_with_is_refused(pause_ms: int) -> None:
    with pytest.raises(ValidationError):
        Phone(keys_pause_ms=pause_ms)


@given(st.dictionaries(st.text(max_size=3), st.just("desk"), max_size=4))
def test_only_single_digits_but_zero_are_keys(menu: dict[str, str]) -> None:
    try:
        kept = Phone(menu=menu).menu
    except ValidationError:
        assert any(key not in set("123456789") for key in menu)
    else:
        assert kept == menu
        assert set(menu) <= set("123456789")
