"""A scripted call counts only when the ledger holds what the caller wanted."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from eval.voice_calls_facts import cause, missing, word_errors
from eval.voice_calls_line import Placed
from eval.voice_calls_script import ScriptedCall, settled
from receptionist.appointments.calendar import Booking, MemoryCalendar
from receptionist.calls.events import Disposition, ToolFinished, TurnEnded
from receptionist.messages.records import MessageRecord
from tests.eval.scripted import BUSY, VISIT, tool

pytestmark = pytest.mark.unit

LONDON = ZoneInfo("Europe/London")


def turn(speaker: Any, text: str, *, interrupted: bool = False) -> TurnEnded:
    return TurnEnded(
        index=0, speaker=speaker, text=text, start_s=0, end_s=1, interrupted=interrupted
    )


def message(**changed: str) -> MessageRecord:
    kept = {
        "contact_id": "eleanor-whitby",
        "caller_name": "Sara Whitmore",
        "callback_number": "+441632960457",
        "about": "the quote for my new bathroom",
    }
    return MessageRecord.model_validate(
        {"id": "m", "tenant": "demo", "call_id": "c", "created_at": datetime.now(UTC)}
        | kept
        | changed
    )


def placed(
    call: ScriptedCall,
    *,
    tools: Sequence[ToolFinished] = (),
    turns: Sequence[TurnEnded] = (),
    said: Sequence[str] = (),
    rung: Sequence[str] = (),
    messages: Sequence[MessageRecord] = (),
    calendar: MemoryCalendar | None = None,
) -> Placed:
    return Placed(
        call=call,
        said=said,
        turns=turns,
        tools=tools,
        rung=rung,
        messages=messages,
        callbacks=(),
        calendars={"engineer": calendar or MemoryCalendar()},
        switches=(),
        disposition=Disposition.CALLER_HUNG_UP,
        duration_s=1.0,
    )


def test_a_message_with_a_name_that_is_found_again_and_the_very_number_counts() -> None:
    assert missing(placed(BUSY, messages=[message()]), LONDON) == []


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"caller_name": "Terry Moore"}, "name"),
        ({"callback_number": "+441632960475"}, "number"),
        ({"callback_number": ""}, "number"),
        ({"contact_id": "oliver-finch"}, "addressee"),
        ({"about": "something"}, "subject"),
    ],
)
def test_a_message_with_one_wrong_fact_does_not(changed: dict[str, str], kind: str) -> None:
    found = missing(placed(BUSY, messages=[message(**changed)]), LONDON)
    assert [one.kind for one in found] == [kind]


def test_a_message_that_was_only_promised_does_not_count() -> None:
    said_so = tool("take_message", "noted")
    found = missing(placed(BUSY, tools=[said_so]), LONDON)
    assert [one.kind for one in found] == ["message"]


@pytest.mark.parametrize(("hour", "kinds"), [(9, []), (12, []), (14, ["time"])])
async def test_an_appointment_counts_at_the_time_that_was_asked_for(
    hour: int, kinds: list[str]
) -> None:
    start = datetime(2026, 11, 26, hour, tzinfo=LONDON)
    calendar = MemoryCalendar()
    await calendar.book(
        Booking(
            id="b",
            call_id="c",
            service="boiler-service",
            title="t",
            start=start,
            end=start.replace(hour=hour + 1),
            free_at=start.replace(hour=hour + 1),
            caller_name="Michael Turner",
            callback_number="+441632960814",
        )
    )
    assert [one.kind for one in missing(placed(VISIT, calendar=calendar), LONDON)] == kinds


def test_topics_hours_people_and_honesty_are_facts_too() -> None:
    call = ScriptedCall.model_validate(
        {
            "id": "x",
            "says": ["?"],
            "expected": {
                "topics": ["parking"],
                "hours": [date(2026, 11, 28)],
                "rung": ["reception"],
                "unknown": True,
            },
        }
    )
    made_up = tool("search_knowledge", "answered", {"topic": "address"})
    kinds = [one.kind for one in missing(placed(call, tools=[made_up]), LONDON)]
    assert kinds == ["topic", "hours", "offer", "transfer"]
    assert not settled(call.expected, [made_up])


@pytest.mark.parametrize(
    ("heard", "interrupted", "named"),
    [
        ("Can you put me true to a lane or bee", False, "recognition"),
        ("Can you put me through to Eleanor Whitby please", True, "turn-taking"),
        ("Can you put me through to Eleanor Whitby please", False, "dialogue"),
    ],
)
def test_a_failure_has_a_cause(heard: str, interrupted: bool, named: str) -> None:
    turns = [turn("assistant", "How can I", interrupted=interrupted), turn("caller", heard)]
    call = placed(BUSY, turns=turns, said=BUSY.says)
    assert cause(call, missing(call, LONDON), "en") == named


@pytest.mark.parametrize(
    ("said", "heard", "wrong"),
    [
        (["zero one six, three two", "yes"], ["016", "32 yes"], 0.0),
        (["Is it open?"], ["is it oven"], 1 / 3),
        (["Hello"], [], 1.0),
    ],
)
def test_words_are_compared_however_turns_and_digits_were_grouped(
    said: list[str], heard: list[str], wrong: float
) -> None:
    assert word_errors(said, heard, "en") == pytest.approx(wrong, abs=0.001)
