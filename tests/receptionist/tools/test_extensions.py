"""Whose extension a caller has typed, as a brain finds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.handoff.order import extensions
from tests.receptionist.handoff.mill import mill
from tests.receptionist.tools.desk import Desk

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("typed", ["21", "2 1"])
async def test_an_extension_is_whose_it_is(typed: str) -> None:
    found = await Desk(mill()).run("find_contact", name=typed)
    assert (found["outcome"], found["contact"]["id"]) == ("found", "ann")


@pytest.mark.parametrize("typed", ["29", "112", "01632960123", "441632960123", "2"])
async def test_any_other_number_is_nobodys(typed: str) -> None:
    found = await Desk(mill()).run("find_contact", name=typed)
    assert found["outcome"] == "unknown"


@pytest.mark.parametrize("number", ["112", "999", "+441632960100", "116123", "0906123456", ""])
def test_only_extensions_are_dialled_by_callers(number: str) -> None:
    assert "ann" not in extensions(mill(numbers={"ann": number})).values()


@given(st.text(alphabet="0123456789 +-()", max_size=20))
def test_whatever_is_written_as_one_is_one_of_the_tenants_digits(number: str) -> None:
    found = extensions(mill(numbers={"ann": number}))
    assert all(key.isdecimal() and len(key) <= 6 for key in found)
    assert set(found.values()) <= {"desk", "repairs", "ann", "bob"}
