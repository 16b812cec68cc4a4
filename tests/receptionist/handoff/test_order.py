"""Whose telephones are rung for somebody; tried with any groups, in circles too."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receptionist.handoff.order import has_telephone, next_of, rounds
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.handoff.mill import NUMBERS, mill
from tests.receptionist.handoff.telephones import MONDAY_TEN

pytestmark = pytest.mark.unit


def rung(snapshot: TenantSnapshot, identifier: str) -> list[list[str]]:
    target = snapshot.destination(identifier)
    assert target is not None
    return [[one.target for one in together] for together in rounds(snapshot, target, MONDAY_TEN)]


def test_who_is_in_no_group_is_rung_himself() -> None:
    assert rung(mill(), "ann") == [["ann"]]
    assert rung(mill(), "operator") == [["desk"]]


def test_a_group_in_a_group_is_rung_in_its_place() -> None:
    groups = {
        "desk": {"members": ["desk", "repairs", "eve"]},
        "repairs": {"members": ["ann", "repairs"]},
    }
    assert rung(mill({"groups": groups}), "desk") == [["desk"], ["ann"], ["repairs"], ["eve"]]


def test_two_with_one_telephone_are_rung_once() -> None:
    groups = {"repairs": {"members": ["ann", "eve"], "order": "simultaneous"}}
    assert rung(mill({"groups": groups}, {"eve": NUMBERS["ann"]}), "repairs") == [["ann"]]


def test_a_department_that_has_no_telephone_is_reached_by_its_group() -> None:
    nobody = mill({}, {"repairs": ""})
    someone = mill({"groups": {"repairs": {"members": ["ann"]}}}, {"repairs": ""})
    for snapshot, reached in ((nobody, False), (someone, True)):
        target = snapshot.destination("repairs")
        assert target is not None
        assert has_telephone(snapshot, target) is reached


def test_what_is_set_for_a_department_holds_for_its_people_unless_they_have_their_own() -> None:
    snapshot = mill({"modes": {"repairs": "warm", "eve": "blind"}, "languages": {"repairs": "it"}})
    modes: dict[str, tuple[str, str]] = {}
    for name in ("ann", "eve", "desk"):
        target = snapshot.destination(name)
        assert target is not None
        [[one]] = rounds(snapshot, target, MONDAY_TEN)
        modes[name] = (one.mode, one.language)
    assert modes == {"ann": ("warm", "it"), "eve": ("blind", "it"), "desk": ("blind", "en")}


def test_the_next_ones_are_named_in_their_order() -> None:
    snapshot = mill({"next": {"ann": ["ann", "eve", "desk"]}})
    target = snapshot.destination("ann")
    assert target is not None
    assert [other.id for other in next_of(snapshot, target)] == ["eve", "desk"]


NAMES = tuple(NUMBERS)
GROUPS = st.dictionaries(
    st.sampled_from(NAMES),
    st.fixed_dictionaries(
        {
            "members": st.lists(st.sampled_from(NAMES), min_size=1, max_size=5),
            "order": st.sampled_from(["sequential", "simultaneous"]),
        }
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(
    groups=GROUPS,
    target=st.sampled_from(NAMES),
    numbers=st.dictionaries(
        st.sampled_from(NAMES), st.sampled_from(["10", "999", "+449012345678", "+390612345678"])
    ),
)
def test_nobody_is_rung_twice_nor_at_a_number_that_may_not_be(
    groups: dict[str, dict[str, object]], target: str, numbers: dict[str, str]
) -> None:
    snapshot = mill({"groups": groups}, numbers)
    whom = snapshot.destination(target)
    assert whom is not None
    order = rounds(snapshot, whom, MONDAY_TEN)
    telephones = [one for together in order for one in together]
    dialled = [one.number for one in telephones if one.number]
    assert len(dialled) == len(set(dialled))
    assert not {"999", "+449012345678", "+390612345678"} & set(dialled)
    assert all(bool(one.number) is (not one.refused) for one in telephones)
    assert "bob" not in {one.target for one in telephones} or target == "bob"
    if target not in groups:
        assert [one.target for one in telephones] == [target]
