"""A callback is promised within the hours of who calls back, as the caller asked for it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.tools.desk import Desk

pytestmark = pytest.mark.integration

LONDON = ZoneInfo("Europe/London")
WHO = {"caller_name": "Anna Verdi", "callback_number": "01632960555", "about": "a refund"}


def due(desk: Desk) -> str:
    callback = desk.promised.callbacks[-1]
    start, end = (m.astimezone(LONDON) for m in (callback.due_from, callback.due_until))
    return f"{start:%a %d %b %H:%M} - {end:%a %H:%M}"


async def test_a_callback_is_read_back_and_kept_after_the_yes(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    arguments = {**WHO, "when": "tomorrow afternoon", "contact_id": "billing"}
    read_back = await desk.run("promise_callback", confirmed=False, **arguments)
    assert read_back["spoken"] == (
        "So accounting will call you back tomorrow in the afternoon. I have Anna Verdi, number "
        "zero one six, three two, nine six zero, five five five, about: a refund. Is that right?"
    )
    assert desk.promised.callbacks == []
    desk.turn += 1
    result = await desk.run("promise_callback", confirmed=True, **arguments)
    assert result["outcome"] == "promised"
    assert result["at"] == "2026-11-24T14:00:00+00:00"
    assert result["spoken"] == "Thank you. Accounting will call you back tomorrow in the afternoon."
    (callback,) = desk.promised.callbacks
    assert (callback.id, callback.callback_number) == (result["id"], "+441632960555")
    assert (callback.contact_id, callback.state) == ("billing", "open")
    assert due(desk) == "Tue 24 Nov 14:00 - Tue 17:00"


@pytest.mark.parametrize(
    ("when", "at", "said"),
    [
        ("", "Mon 23 Nov 10:00 - Mon 13:00", "as soon as possible"),
        ("as soon as you can", "Mon 23 Nov 10:00 - Mon 13:00", "as soon as possible"),
        ("today", "Mon 23 Nov 10:00 - Mon 18:00", "today until six"),
        ("after five", "Mon 23 Nov 17:00 - Mon 18:00", "today from five to six"),
        ("tomorrow at eleven", "Tue 24 Nov 11:00 - Tue 11:30", "tomorrow at eleven"),
        ("in two hours", "Mon 23 Nov 12:00 - Mon 12:30", "today at noon"),
        ("on friday morning", "Fri 27 Nov 09:00 - Fri 12:00", "on Friday in the morning"),
        ("next week", "Mon 30 Nov 09:00 - Sat 12:30", "from the thirtieth of November to"),
        ("2026-11-25T09:00:00+00:00", "Wed 25 Nov 09:00 - Wed 09:30", "on Wednesday at nine"),
    ],
)
async def test_the_callers_words_become_a_time(
    demo: TenantSnapshot, when: str, at: str, said: str
) -> None:
    desk = Desk(demo)
    result = await desk.agree("promise_callback", when=when, **WHO)
    assert due(desk) == at
    assert said in result["spoken"]


async def test_when_nobody_is_there_the_next_time_is_offered_and_can_be_taken(
    demo: TenantSnapshot,
) -> None:
    desk = Desk(demo)
    arguments: dict[str, Any] = {**WHO, "contact_id": "sales"}
    result = await desk.run("promise_callback", confirmed=False, when="on Sunday", **arguments)
    assert (result["outcome"], result["field"]) == ("invalid", "when")
    assert "Sales could do so on Monday" in result["spoken"]
    assert result["next"] == "2026-11-30T09:00:00+00:00"
    taken = await desk.agree("promise_callback", when=result["next"], **arguments)
    assert taken["at"] == result["next"]


async def test_at_night_as_soon_as_possible_is_the_next_morning(demo: TenantSnapshot) -> None:
    desk = Desk(demo, "it")
    desk.time = desk.time.replace(hour=22)
    result = await desk.agree("promise_callback", when="appena possibile", **WHO)
    assert due(desk) == "Tue 24 Nov 09:00 - Tue 13:00"
    assert "domani dalle nove alle tredici" in result["spoken"]


async def test_a_holiday_is_passed_over(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    desk.time = datetime(2026, 12, 24, 20, 0, tzinfo=LONDON)
    result = await desk.run("promise_callback", confirmed=False, when="tomorrow", **WHO)
    assert result["outcome"] == "invalid"
    assert result["next"] == "2027-01-02T09:00:00+00:00"


async def test_what_was_read_back_before_midnight_is_kept_after_it(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    desk.time = datetime(2026, 11, 23, 23, 59, 50, tzinfo=LONDON)
    await desk.run("promise_callback", confirmed=False, when="tomorrow at ten", **WHO)
    desk.turn += 1
    desk.time = datetime(2026, 11, 24, 0, 0, 5, tzinfo=LONDON)
    await desk.run("promise_callback", confirmed=True, when="tomorrow at ten", **WHO)
    assert due(desk) == "Tue 24 Nov 10:00 - Tue 10:30"


async def test_without_a_number_nobody_can_be_called_back(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    result = await desk.run("promise_callback", confirmed=False, **{**WHO, "callback_number": ""})
    assert (result["outcome"], result["field"]) == ("invalid", "callback_number")


async def test_the_same_promise_again_is_the_same_promise(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    first = await desk.agree("promise_callback", **WHO)
    desk.turn += 1
    assert await desk.run("promise_callback", confirmed=True, **WHO) == first
    assert len(desk.promised.callbacks) == 1


async def test_a_time_said_before_the_language_changed_still_counts(demo: TenantSnapshot) -> None:
    desk = Desk(demo, "it")
    arguments = {**WHO, "when": "tomorrow at eleven", "contact_id": "billing"}
    assert "domani alle undici" in (await desk.run("promise_callback", **arguments))["spoken"]
