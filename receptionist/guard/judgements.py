"""Judges the texts of one call and leaves a record of each judgement."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from loguru import logger

from guardrails.verdict import Action, Detector, Stage, Verdict, worst
from receptionist.calls.events import Guarded
from receptionist.guard.contract import Guards
from receptionist.guard.withholding import Forget, keep, withheld

WEIGH_S = 1.0
"""A judgement by meaning that takes longer has failed: a caller does not wait for it in silence."""

WORDS_MIN = 3
"""The language of a shorter text is a guess."""

_DONE = {
    Action.REFUSE: "refused",
    Action.HANDOFF: "handed_off",
    Action.ASK: "handed_off",
    Action.EMERGENCY: "alarmed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A turn as it is judged.

    Attributes:
        text: Redacted.
        language: Of the call.
        history: The turns before it, redacted.
        turn: Its index.
        forget: Called when it was an attack on the brain.
    """

    text: str
    language: str
    history: Sequence[str]
    turn: int
    forget: Forget


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearings:
    """Where a call stands, asked whenever something is judged.

    Attributes:
        language: Returns the language the call is in.
        turn: Returns the index of the caller's last turn.
        now_s: Returns the seconds since the call began.
        spoken: Returns the language a text seems to be in, "" when that is not one of the tenant's.
    """

    language: Callable[[], str]
    turn: Callable[[], int]
    now_s: Callable[[], float]
    spoken: Callable[[str], str] = lambda _: ""


class Judgements:
    """Judges what is said on a call; a judge that fails sends the caller to a person.

    Args:
        guards: Of the process.
        bearings: Where the call stands.
        emit: Receives a record of each judgement.
    """

    def __init__(
        self, guards: Guards, bearings: Bearings, emit: Callable[[Guarded], object]
    ) -> None:
        self._guards = guards
        self._bearings = bearings
        self._emit = emit
        self._history: deque[str] = deque(maxlen=max(0, guards.window_turns - 1))

    @property
    def language(self) -> str:
        """Language the call is in."""
        return self._bearings.language()

    def interim(self, text: str) -> Verdict:
        """Judges what the caller is saying; what passes is judged again as a turn, and kept then.

        A caller in need does not wait until the call has gone over to his language: the rules of
        the language he seems to speak are asked too.
        """
        text, judge = self._guards.redact(text), self._guards.judge
        languages = {self._bearings.language(), self._bearings.spoken(text)} - {""}
        verdict = _judged(
            Stage.INTERIM,
            lambda: worst(*(judge.interim(text, language) for language in sorted(languages))),
        )
        if not verdict.passes:
            self._keep(verdict, text, ())
        return verdict

    def hears(self, text: str, forget: Forget = keep) -> Heard:
        """Returns a turn as it is judged, and remembers it for those that follow."""
        heard = Heard(
            text=self._guards.redact(text),
            language=self._bearings.language(),
            history=tuple(self._history),
            turn=self._bearings.turn(),
            forget=forget,
        )
        self._history.append(heard.text)
        return heard

    def turn(self, heard: Heard) -> Verdict:
        """Judges a turn by the rules."""
        judge = self._guards.judge
        verdict = _judged(Stage.TURN, lambda: judge.turn(heard.text, heard.language, heard.history))
        return withheld(verdict, heard.forget)

    async def meaning(self, heard: Heard) -> Verdict:
        """Judges a turn by its meaning; bounded in time."""
        try:
            async with asyncio.timeout(WEIGH_S):
                verdict = await self._guards.weigh(heard.text, heard.language, heard.history)
                return withheld(verdict, heard.forget)
        except Exception as error:
            return fault(Stage.TURN, error)

    async def objection(self, heard: Heard) -> Verdict:
        """Returns what a language model objects to a turn; one that fails has no opinion."""
        nothing = Verdict(stage=Stage.TURN, language=heard.language)
        if self._guards.objects is None:
            return nothing
        try:
            verdict = await self._guards.objects(heard.text, heard.language, heard.history)
            return withheld(verdict, heard.forget)
        except Exception as error:
            logger.warning(f"a turn could not be asked about: {error!r}")
            return nothing

    def output(self, clause: str) -> tuple[Verdict, str]:
        """Judges a clause; returns it redacted beside the verdict."""
        judge, text = self._guards.judge, self._guards.redact(clause)
        language = self._bearings.language()
        return _judged(Stage.OUTPUT, lambda: judge.output(text, language)), text

    def argument(self, words: str) -> Verdict:
        """Judges words that a tool would write down or send, and records it."""
        verdict, kept = self.output(words)
        verdict = replace(verdict, stage=Stage.TOOL)
        self.keep_output(verdict, kept, "none" if verdict.passes else "refused")
        return verdict

    def notes(self, heard: Heard) -> frozenset[str]:
        """Returns every category a turn touches; nothing when the judge fails."""
        try:
            return self._guards.judge.notes(heard.text, heard.language)
        except Exception as error:
            logger.error(f"a turn could not be noted: {error!r}")
            return frozenset()

    def keep_turn(self, verdict: Verdict, heard: Heard, done: str = "") -> None:
        """Records the judgement of a turn; `done` is what follows, if not the usual.

        What was not let through is settled: the turns that follow are not judged with it.
        """
        if not verdict.passes:
            self._history.clear()
        self._keep(verdict, heard.text, heard.history, heard.turn, done)

    def keep_output(self, verdict: Verdict, clause: str, done: str) -> None:
        """Records the judgement of a clause and what was done about it."""
        self._keep(verdict, clause, (), done=done)

    def _keep(
        self,
        verdict: Verdict,
        text: str,
        history: Sequence[str],
        turn: int | None = None,
        done: str = "",
    ) -> None:
        self._emit(
            Guarded(
                at_s=round(self._bearings.now_s(), 3),
                turn=self._bearings.turn() if turn is None else turn,
                stage=verdict.stage.value,
                verdict=verdict.action.value,
                category=verdict.category,
                rule=verdict.rule,
                detector=verdict.detector.value if verdict.detector else "",
                score=verdict.score,
                law=verdict.law,
                language=verdict.language or self._bearings.language(),
                text=text,
                history=tuple(history),
                policy_hash=self._guards.judge.policy_hash,
                latency_us=verdict.latency_us,
                action=done or _DONE.get(verdict.action, "none"),
            )
        )


def _judged(stage: Stage, judge: Callable[[], Verdict]) -> Verdict:
    try:
        return judge()
    except Exception as error:
        return fault(stage, error)


def spoken_among(
    languages: Collection[str], identify: Callable[[str], str] | None
) -> Callable[[str], str]:
    """Returns what tells which of `languages` a text seems to be in, "" when it is in none."""

    def spoken(text: str) -> str:
        found = identify(text) if identify and len(text.split()) >= WORDS_MIN else ""
        return found if found in languages else ""

    return spoken


def fault(stage: Stage, error: Exception) -> Verdict:
    """Returns the verdict of a gate that failed: a person takes over."""
    logger.opt(exception=error).error(f"the {stage.value} gate failed: {error!r}")
    return Verdict(action=Action.HANDOFF, stage=stage, detector=Detector.FAULT)
