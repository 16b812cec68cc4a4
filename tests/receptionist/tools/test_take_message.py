"""A message is read back, and kept once the caller has said yes to it."""

from typing import Any

import pytest

from receptionist.messages.records import MessageRecord
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.tools.desk import Desk

pytestmark = pytest.mark.integration

MESSAGE = {
    "about": "the invoice is wrong.",
    "caller_name": " Zoë  Mellor",
    "callback_number": "01632 960-555",
    "contact_id": "peter-hallam",
}


async def test_a_message_is_read_back_first_and_nothing_is_kept(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    result = await desk.run("take_message", confirmed=False, **MESSAGE)
    assert result["outcome"] == "confirm"
    assert result["spoken"] == (
        "So, a message for Peter Hallam: Zoë Mellor, number zero one six, three two, "
        "nine six zero, five five five, and the message is: the invoice is wrong. Is that right?"
    )
    assert desk.kept.messages == []


async def test_after_the_yes_it_is_kept_whole(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    result = await desk.agree("take_message", **MESSAGE)
    assert result["outcome"] == "noted"
    assert result["contact"]["name"] == "Peter Hallam"
    assert desk.kept.messages == [
        MessageRecord(
            id=result["message_id"],
            tenant="demo",
            call_id="call-7",
            contact_id="peter-hallam",
            caller_name="Zoë Mellor",
            callback_number="+441632960555",
            about="the invoice is wrong.",
            created_at=desk.time,
        )
    ]


async def test_a_yes_to_nothing_is_answered_with_the_question(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    result = await desk.run("take_message", confirmed=True, **MESSAGE)
    assert result["outcome"] == "confirm"
    assert desk.kept.messages == []


async def test_a_yes_the_caller_had_no_time_to_say_is_none(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    await desk.run("take_message", confirmed=False, **MESSAGE)
    assert (await desk.run("take_message", confirmed=True, **MESSAGE))["outcome"] == "confirm"
    assert desk.kept.messages == []


async def test_what_was_changed_is_read_back_again(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    await desk.run("take_message", confirmed=False, **MESSAGE)
    desk.turn += 1
    changed = MESSAGE | {"caller_name": "Joey Mellor"}
    result = await desk.run("take_message", confirmed=True, **changed)
    assert result["outcome"] == "confirm"
    assert "Joey Mellor" in result["spoken"]
    assert desk.kept.messages == []


async def test_case_and_full_stops_are_no_change(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    await desk.run("take_message", confirmed=False, **MESSAGE)
    desk.turn += 1
    rewritten = MESSAGE | {"about": "The invoice is wrong"}
    assert (await desk.run("take_message", confirmed=True, **rewritten))["outcome"] == "noted"


async def test_the_same_message_again_is_the_same_message(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    first = await desk.agree("take_message", **MESSAGE)
    desk.turn += 1
    assert await desk.run("take_message", confirmed=True, **MESSAGE) == first
    assert await desk.run("take_message", confirmed=False, **MESSAGE) == first
    assert len(desk.kept.messages) == 1


async def test_what_is_read_back_and_what_is_kept_share_a_key_in_the_ledger(
    demo: TenantSnapshot,
) -> None:
    desk = Desk(demo)
    await desk.agree("take_message", **MESSAGE)
    read_back, kept = desk.ledger
    assert (read_back.outcome, kept.outcome) == ("confirm", "noted")
    assert read_back.key == kept.key
    assert read_back.id != kept.id


async def test_two_messages_on_one_call_are_two(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    await desk.agree("take_message", **MESSAGE)
    desk.turn += 1
    await desk.agree("take_message", **MESSAGE | {"about": "and the boiler leaks"})
    assert len({message.id for message in desk.kept.messages}) == 2


async def test_a_message_needs_neither_number_nor_addressee(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    result = await desk.agree("take_message", about="call me", caller_name="Ann")
    assert result["contact"]["id"] == "reception"
    assert "spoken_number" not in result
    assert desk.kept.messages[0].contact_id == ""


async def test_a_number_from_abroad_and_an_address_are_read_back(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    arguments = {"about": "x", "caller_name": "Anna", "callback_number": "+39 333 1234567"}
    arguments["email"] = "anna.verdi@example.com"
    read_back = await desk.run("take_message", confirmed=False, **arguments)
    assert "plus three nine, three three three, one two three" in read_back["spoken"]
    assert "e-mail anna dot verdi at example dot com" in read_back["spoken"]
    await desk.agree("take_message", **arguments)
    (kept,) = desk.kept.messages
    assert (kept.callback_number, kept.email) == ("+393331234567", "anna.verdi@example.com")


async def test_a_long_message_is_kept_whole_and_read_back_in_part(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    about = " ".join(f"word{n}" for n in range(3000))
    arguments = {"about": about, "caller_name": "Ann"}
    read_back = await desk.run("take_message", confirmed=False, **arguments)
    assert len(read_back["spoken"]) < 600
    assert "and so on" in read_back["spoken"]
    await desk.agree("take_message", **arguments)
    assert desk.kept.messages[0].about == about


async def test_a_read_back_is_never_worded_twice_alike_in_a_row(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    asked = [await desk.run("take_message", confirmed=False, **MESSAGE) for _ in range(3)]
    spoken = [result["spoken"] for result in asked]
    assert spoken[0] != spoken[1] != spoken[2]


@pytest.mark.parametrize("language", ["en", "it"])
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"caller_name": " "}, "caller_name"),
        ({"caller_name": "07"}, "caller_name"),
        ({"about": ""}, "about"),
        ({"callback_number": "twelve"}, "callback_number"),
        ({"callback_number": "123"}, "callback_number"),
        ({"callback_number": "960555"}, "callback_number"),
        ({"callback_number": "1" * 16}, "callback_number"),
        ({"callback_number": "1" * 400}, "callback_number"),
        ({"contact_id": "nobody"}, "contact_id"),
        ({"email": "anna at example"}, "email"),
    ],
)
async def test_a_message_that_lacks_something_asks_for_it(
    demo: TenantSnapshot, language: str, wrong: dict[str, str], field: str
) -> None:
    desk = Desk(demo, language)
    arguments: dict[str, Any] = {"about": "a refund", "caller_name": "Ann", **wrong}
    result = await desk.run("take_message", confirmed=False, **arguments)
    assert (result["outcome"], result["field"]) == ("invalid", field)
    assert result["spoken"].endswith("?")
    assert desk.kept.messages == []
