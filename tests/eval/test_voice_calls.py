"""Scripted callers say what fits, and a call counts only when the ledger holds what they wanted."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from eval.voice_calls_facts import cause, missing, word_errors
from eval.voice_calls_line import Placed
from eval.voice_calls_script import Caller, ScriptedCall, Scripts, languages, read, settled
from prompts.loader import load as load_texts
from receptionist.appointments.calendar import Booking, MemoryCalendar
from receptionist.calls.events import Disposition, ToolFinished, TurnEnded
from receptionist.messages.records import MessageRecord
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle

pytestmark = pytest.mark.unit

ASKS = {
    "ask_name": "name",
    "ask_name_again": "name",
    "ask_number": "number",
    "ask_number_again": "number",
    "ask_about": "about",
    "ask_service": "service",
    "ask_when_callback": "when",
    "ask_when_appointment": "when",
    "ask_when_again": "when",
    "ask_which_same_name": "which",
    "ask_which_again": "which",
    "confirm_contact": "accept",
    "confirm_again": "agree",
    "ask_correction": "change",
    "not_understood": "again",
    "maybe_contact": "offer_person",
    "offer_person": "offer_person",
    "offer_message": "offer_message",
    "offer_message_for": "offer_message",
    "offer_person_or_message": "offer",
}
"""What the assistant asks for, by the name of what it says."""
LONDON = ZoneInfo("Europe/London")
ENGLISH = read("en")
BUSY = next(call for call in ENGLISH.calls if call.id == "busy-message")
VISIT = next(call for call in ENGLISH.calls if call.id == "appointment")


def tool(
    name: str, outcome: str, result: Mapping[str, Any] | None = None, **arguments: Any
) -> ToolFinished:
    return ToolFinished(
        turn=1,
        name=name,
        arguments=arguments,
        outcome=outcome,
        result=result or {},
        id="t1",
        key="k",
        duration_ms=1.0,
    )


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


@pytest.mark.parametrize("language", ["en", "it", "es", "fr", "de", "pt"])
def test_ten_callers_of_each_language_want_what_the_demo_tenant_has(language: str) -> None:
    scripts, config = read(language), load_bundle(DEMO)
    known = {t.id for t in config.topics} | {"operator"}
    known |= {c.id for c in config.contacts} | {d.id for d in config.departments}
    wanted = [call.expected for call in scripts.calls]
    named = {one for e in wanted for one in (*e.topics, *e.rung)}
    named |= {note.contact for e in wanted for note in (e.message, e.callback) if note}
    assert len({call.id for call in scripts.calls}) == 10
    assert named <= known
    assert all(re.compile(pattern) for pattern in scripts.asks.values())


def test_there_are_calls_in_every_language_the_product_speaks() -> None:
    assert languages() == ["de", "en", "es", "fr", "it", "pt"]


@pytest.mark.parametrize("language", ["en", "it", "es", "fr", "de", "pt"])
def test_a_caller_knows_what_every_question_of_the_assistant_asks_for(language: str) -> None:
    phrases, caller = load_texts(language).concierge["phrases"], Caller(read(language), BUSY)
    understood = {
        text: caller.asked_for(text.replace("{name}", "Whitby").replace("{options}", "Whitby"))
        for key in ASKS
        for text in phrases[key]
    }
    wanted = {text: kind for key, kind in ASKS.items() for text in phrases[key]}
    assert understood == wanted


@pytest.mark.parametrize(
    ("heard", "answer"),
    [
        ("Of course. Who's calling, please?", "It's Sarah Whitmore."),
        ("I didn't get the number. Could you say it slowly?", f"{BUSY.caller.number}."),
        ("What is it about?", "It's about the quote for my new bathroom."),
        ("Would you like to leave a message for Eleanor Whitby?", "Yes, please."),
        ("Do you mean Eleanor Whitby or Maria Rossi?", "Eleanor Whitby, please."),
        ("Sorry, I didn't get that. Could you repeat it, please?", BUSY.says[0]),
    ],
)
def test_a_caller_answers_what_he_is_asked(heard: str, answer: str) -> None:
    caller = Caller(ENGLISH, BUSY)
    assert caller.says("", ()) == BUSY.says[0]
    assert caller.says(heard, ()) == answer


def test_a_caller_who_wants_nobody_picks_a_time() -> None:
    assert Caller(ENGLISH, VISIT).says("Sorry, which one: at nine or at ten?", ()) == (
        "The first one, please."
    )


def test_a_caller_who_is_offered_somebody_else_says_whom_he_wants() -> None:
    caller = Caller(ENGLISH, BUSY)
    caller.says("", ())
    looked_up = tool("find_contact", "ambiguous")
    assert caller.says("Do you mean Maria Rossi?", [looked_up]) == (
        "No, I want to speak to Eleanor Whitby."
    )


@pytest.mark.parametrize(
    ("number", "name", "answer"),
    [
        ("01632960457", "Sarah Whitmore", "Yes, that's right."),
        ("+441632960457", "Sara Whitmore", "Yes, that's right."),
        ("01632960547", "Sarah Whitmore", "No, the number is wrong. It's {number}."),
        ("1632960457", "Sarah Whitmore", "No, the number is wrong. It's {number}."),
        ("457", "Sarah Whitmore", "No, the number is wrong. It's {number}."),
        ("01632960457", "Terry Moore", "No, the name is wrong. My name is Sarah Whitmore."),
    ],
)
def test_a_caller_agrees_only_to_what_is_right(number: str, name: str, answer: str) -> None:
    read_back = tool("take_message", "confirm", callback_number=number, caller_name=name)
    said = Caller(ENGLISH, BUSY).says("Is that right?", [read_back])
    assert said == answer.replace("{number}", BUSY.caller.number)


def test_a_caller_corrects_twice_and_gives_in() -> None:
    caller = Caller(ENGLISH, BUSY)
    wrong = tool("take_message", "confirm", callback_number="1", caller_name="Sarah Whitmore")
    said = [caller.says("Is that right?", [wrong]) for _ in range(3)]
    assert said[2] == "Yes, that's right."
    assert said[0] == said[1] != said[2]


def test_a_caller_who_is_asked_the_same_a_fourth_time_hangs_up() -> None:
    caller = Caller(ENGLISH, BUSY)
    said = [caller.says("Who's calling, please?", ()) for _ in range(4)]
    assert said == ["It's Sarah Whitmore."] * 3 + [None]


def test_a_caller_who_got_no_answer_says_it_again_and_one_who_did_hangs_up() -> None:
    call = ScriptedCall.model_validate(
        {"id": "x", "says": ["Can I park?"], "expected": {"topics": ["parking"]}}
    )
    other = tool("search_knowledge", "answered", {"topic": "address"})
    right = tool("search_knowledge", "answered", {"topic": "parking"})
    caller = Caller(ENGLISH, call)
    assert caller.says("", ()) == "Can I park?"
    assert caller.says("We are in Wexcombe.", [other]) == "Can I park?"
    assert caller.says("Yes, behind the house.", [right]) is None


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


def test_a_script_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValueError, match="lines"):
        Scripts.model_validate(
            {"voices": ["v"], "asks": {}, "answers": {}, "calls": [], "lines": []}
        )
