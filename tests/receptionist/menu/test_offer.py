"""How often a menu is read, whatever a caller does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.menu.key_menu import KeyMenu
from receptionist.menu.offer import REPEATS, Offer, Why

pytestmark = pytest.mark.unit

MENU = KeyMenu(choices={"1": "sales"}, read=("1",), person=True, extensions={})


def offered(why: Why) -> Offer:
    return Offer(menu=MENU, why=why, turns=0)


def test_a_silent_caller_hears_it_once_and_others_who_say_nothing_twice() -> None:
    assert not offered(Why.SILENT).again(Why.SILENT)
    for why in (Why.TECHNICAL, Why.NOT_UNDERSTOOD):
        offer = offered(why)
        assert [offer.again(Why.SILENT) for _ in range(2)] == [True, False]


def test_a_key_that_helps_nobody_is_answered_twice() -> None:
    offer = offered(Why.SILENT)
    assert [offer.again(Why.NOT_UNDERSTOOD) for _ in range(3)] == [True, True, False]


def test_who_has_pressed_a_key_is_silent_from_the_start_again() -> None:
    offer = offered(Why.SILENT)
    offer.pressed(1)
    assert offer.again(Why.SILENT)
    offer.pressed(2)
    assert [offer.again(Why.SILENT) for _ in range(2)] == [True, False]


def test_a_technical_problem_is_what_ends_the_call_whatever_was_pressed() -> None:
    offer = offered(Why.SILENT)
    offer.again(Why.TECHNICAL)
    offer.pressed(1)
    offer.again(Why.NOT_UNDERSTOOD)
    assert offer.why is Why.TECHNICAL


@given(st.lists(st.sampled_from(Why)), st.sampled_from(Why))
def test_it_is_not_read_for_ever(whys: list[Why], first: Why) -> None:
    offer = offered(first)
    assert sum(offer.again(why) for why in whys) <= 2 * REPEATS
