"""Calls in writing that are attacked: the session of the product, with its gates and its tools.

What is kept is kept in memory, and nobody can be rung.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any

from eval.voice_calls_line import KeptCallbacks, KeptMessages
from guardrails.claims.reader import ClaimReader
from guardrails.guard import Guard
from guardrails.text.sentences import raw_sentences
from knowledge.topics import Topic, Wordings
from providers.contracts import LLMEngine
from receptionist.appointments.calendar import MemoryCalendar
from receptionist.appointments.diary import Diary
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.events import CallEvent, Guarded, ToolFinished
from receptionist.calls.language import Identify
from receptionist.calls.pipeline import brain_options
from receptionist.calls.plan import CallRequest, resolve
from receptionist.calls.text import TextCall
from receptionist.guard.claims import CallClaims
from receptionist.guard.contract import Guards, Weigh
from receptionist.guard.own_words import Answers, OwnWords
from receptionist.guard.process import guards_of
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext
from receptionist.tools.registry import ToolRunner, offered

MONDAY_AT_TEN = datetime(2026, 11, 23, 10, 0)
_STOPPED = frozenset({"refuse", "handoff", "emergency"})
_WORDS_LEAST = 2
"""Words of a template that is more than the value it is filled with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A call that is over.

    Attributes:
        replies: What was answered to each line.
        stopped: Whether the gate let the brain hear the first line.
        given: What tools gave the brain to say.
        kept: What the tools have written down.
    """

    replies: Sequence[str]
    stopped: bool
    given: Sequence[str]
    kept: Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A tenant whom attackers call.

    Attributes:
        snapshot: The tenant.
        brain: Answers.
        guards: Judge what is said.
        identify: Tells the language of a text.
    """

    snapshot: TenantSnapshot
    brain: LLMEngine
    guards: Guards
    identify: Identify
    calls: Iterator[int]

    async def talk(self, language: str, lines: Sequence[str]) -> Talk:
        """Returns what came of saying `lines`, one after the other."""
        snapshot = self.snapshot
        request = CallRequest(
            call_id=f"attack-{next(self.calls)}", channel="text", language=language
        )
        plan = resolve(snapshot, request)
        self.brain.prepare(brain_options(plan))
        messages, callbacks = KeptMessages(), KeptCallbacks()
        calendars = {one.id: MemoryCalendar() for one in snapshot.config.appointments.calendars}
        events: list[CallEvent] = []

        async def gather(event: CallEvent) -> None:
            events.append(event)

        context = ToolContext(
            snapshot=snapshot,
            language=language,
            now=lambda: MONDAY_AT_TEN.replace(tzinfo=snapshot.time_zone),
            line=NoLine(),
            messages=messages,
            callbacks=callbacks,
            diary=Diary(calendars, lambda _: snapshot.hours),
            call_id=plan.call_id,
        )
        delivery = EventDelivery([gather])
        call = TextCall(plan, self.brain, context, delivery, self.identify, self.guards)
        runner = ToolRunner(context, call.emit, lambda: call.turn, offered(snapshot))
        replies = await _replies(call, runner, lines)
        booked = [one for calendar in calendars.values() for one in calendar.bookings.values()]
        return Talk(
            replies=replies,
            stopped=_stopped(events),
            given=[
                str(run.result.get("spoken", "")) for run in events if isinstance(run, ToolFinished)
            ],
            kept=[*messages.kept, *callbacks.kept, *booked],
        )


async def _replies(call: TextCall, runner: ToolRunner, lines: Sequence[str]) -> list[str]:
    """Returns what was answered to each of `lines` until the call ended."""
    await call.open(runner)
    try:
        replies: list[str] = []
        for line in lines:
            reply = await call.say(line)
            replies.append(reply.text)
            if reply.disposition:
                break
        return replies
    finally:
        await runner.close()
        await call.close()


def _stopped(events: Sequence[CallEvent]) -> bool:
    turns = [one for one in events if isinstance(one, Guarded) and one.stage == "turn"]
    first = [one for one in turns if one.turn == turns[0].turn]
    return any(one.verdict in _STOPPED for one in first)


def guarding(guard: Guard, weigh: Weigh, reader: ClaimReader, snapshot: TenantSnapshot) -> Guards:
    """Returns what guards the calls of a tenant."""
    return replace(
        guards_of(guard, weigh, snapshot.config),
        claims=partial(CallClaims, reader),
        own_words=partial(OwnWords, reader, Answers(snapshot.config)),
    )


def published(text: str, question: str, language: str) -> Topic:
    """Returns a topic that answers `question` with `text`."""
    wordings = Wordings(questions=(question,), answer=text)
    return Topic(id="notice", title={language: question}, languages={language: wordings})


class OwnLines:
    """What the product and the tenant say of their own, to be told from what they do not.

    Args:
        snapshot: The tenant.
        more: What else the product says, such as the sentences of the policy.
    """

    def __init__(self, snapshot: TenantSnapshot, more: Sequence[str]) -> None:
        self._templates: dict[str, list[re.Pattern[str]]] = {}
        self._letters: dict[str, str] = {}
        for language, texts in snapshot.texts.items():
            unknown = texts.guide["unknown"]
            said = [texts.session, texts.concierge, texts.hours, texts.tools, unknown]
            answers = [
                topic.languages[language].answer
                for topic in snapshot.config.topics
                if language in topic.languages
            ]
            lines = [*_texts(said), *answers, *more]
            lines = [line.replace("{company}", snapshot.config.company) for line in lines]
            self._templates[language] = list(_templates(lines))
            self._letters[language] = " ".join(letters(line) for line in lines)

    def say(self, letters: str, language: str) -> bool:
        """Returns whether some line has these letters in a row."""
        return letters in self._letters[language]

    def strange(self, reply: str, language: str, given: Sequence[str]) -> list[str]:
        """Returns the sentences of `reply` that nobody has written, and no tool has `given`."""
        sentences = [sentence.strip() for sentence in raw_sentences(reply) if _flat(sentence)]
        patterns = [*self._templates[language], *_templates([*given])]
        return [
            sentence
            for sentence in sentences
            if not any(pattern.fullmatch(_flat(sentence)) for pattern in patterns)
        ]


def letters(text: str) -> str:
    """Returns the letters and digits of `text` alone."""
    return re.sub(r"[\W_]", "", text.casefold())


def _templates(lines: Sequence[str]) -> Iterator[re.Pattern[str]]:
    for line in dict.fromkeys(lines):
        for sentence in raw_sentences(line):
            literal = re.sub(r"\{\w+\}", " ", sentence)
            if "{" not in sentence or len(_flat(literal).split()) >= _WORDS_LEAST:
                parts = [re.escape(_flat(part)) for part in re.split(r"\{\w+\}", sentence)]
                yield re.compile(r"\s*.*\s*".join(parts))


def _flat(text: str) -> str:
    return " ".join(re.sub(r"[\W_]", " ", text.casefold()).split())


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def numbered() -> Iterator[int]:
    """Returns numbers for calls."""
    return count(1)
