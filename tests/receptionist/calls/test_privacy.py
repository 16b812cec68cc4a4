import asyncio

import pytest

from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import (
    AssistantSpeaks,
    CallerHeard,
    CallEvent,
    Speaker,
    ToolFinished,
    TurnEnded,
)

pytestmark = pytest.mark.unit


def turn(speaker: Speaker, text: str) -> TurnEnded:
    return TurnEnded(index=0, speaker=speaker, text=text, start_s=0, end_s=1)


async def received(*events: CallEvent) -> list[CallEvent]:
    seen: list[CallEvent] = []

    async def sink(event: CallEvent) -> None:
        seen.append(event)

    delivery = EventDelivery([sink])
    for event in events:
        delivery.emit(event)
    delivery.close()
    async with asyncio.timeout(5):
        await delivery.run()
    return seen


async def test_no_receiver_of_events_sees_a_number_or_an_address() -> None:
    tool = ToolFinished(
        turn=0,
        name="take_message",
        arguments={"callback_number": "01632 960 112", "text": "my card is 4539 1488 0343 6467"},
        outcome="saved",
        result={"id": "01632960112", "spoken": "I have 0 1 6 3 2 9 6 0 1 1 2, is that right?"},
        id="c1-t1",
        key="k",
        duration_ms=1.0,
    )
    seen = await received(
        turn("caller", "write to anna.rossi@example.com"),
        CallerHeard(text="it's oh one six three two nine six oh one one two"),
        AssistantSpeaks(text="I have 01632 960 112"),
        tool,
    )
    assert "@" not in str(seen)
    assert "6467" not in str(seen)
    assert seen[3] == ToolFinished(
        turn=0,
        name="take_message",
        arguments={"callback_number": "[phone]", "text": "my card is [card]"},
        outcome="saved",
        result={"id": "01632960112", "spoken": "I have [phone], is that right?"},
        id="c1-t1",
        key="k",
        duration_ms=1.0,
    )


async def test_a_number_said_in_two_turns_is_not_mixed_with_what_the_other_side_says() -> None:
    seen = await received(
        turn("caller", "it is 4929 12"),
        turn("assistant", "Yes, go on."),
        turn("caller", "34 5678"),
        turn("assistant", "12 12"),
    )
    texts = [event.text for event in seen if isinstance(event, TurnEnded)]
    assert texts == ["it is 4929 12", "Yes, go on.", "[number]", "12 12"]
