"""A judge that finds what a test tells it to find."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from guardrails.verdict import Action, Detector, Stage, Verdict
from receptionist.guard.contract import Guards

REFUSAL = "I do not decide that; a person does."
NUMBER = "Hang up and dial one one two now. I am an assistant and can send no help."
PERSON = "I will put you through to a person."
MACHINE = "You are talking to an automated assistant."
COMFORT = "You are not alone. I am connecting you to a person."
SENTENCES = {
    "self_harm": COMFORT,
    "employment": REFUSAL,
    "fraud": "I cannot help with that.",
    "emergency": NUMBER,
    "human_request": PERSON,
    "robot_question": MACHINE,
    "leak": "I cannot tell you that.",
}
ACTIONS = {
    "self_harm": Action.HANDOFF,
    "employment": Action.REFUSE,
    "fraud": Action.REFUSE,
    "leak": Action.REFUSE,
    "emergency": Action.EMERGENCY,
    "human_request": Action.HANDOFF,
    "robot_question": Action.LOG,
    "anger": Action.LOG,
    "misunderstanding": Action.LOG,
}
ESCALATES = frozenset({"employment", "emergency", "self_harm", "human_request"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedJudge:
    """Finds a category in every text that contains one of its words.

    Attributes:
        interim_words: By category.
        turn_words: By category.
        output_words: By category.
        broken: Stages at which it raises.
    """

    interim_words: Mapping[str, str] = field(default_factory=dict[str, str])
    turn_words: Mapping[str, str] = field(default_factory=dict[str, str])
    output_words: Mapping[str, str] = field(default_factory=dict[str, str])
    broken: frozenset[Stage] = frozenset()

    @property
    def policy_hash(self) -> str:
        return "scripted"

    def interim(self, text: str, language: str) -> Verdict:
        return self._found(text, Stage.INTERIM, self.interim_words, language)

    def turn(self, text: str, language: str, history: Sequence[str] = ()) -> Verdict:
        return self._found(", ".join([*history, text]), Stage.TURN, self.turn_words, language)

    def output(self, clause: str, language: str) -> Verdict:
        return self._found(clause, Stage.OUTPUT, self.output_words, language)

    def notes(self, text: str, language: str) -> frozenset[str]:
        return frozenset(
            category for category, word in self.turn_words.items() if word in text.lower()
        )

    def say(self, category: str, language: str, turn: int = 0, **values: str) -> str:
        return SENTENCES[category]

    def _found(self, text: str, stage: Stage, words: Mapping[str, str], language: str) -> Verdict:
        if stage in self.broken:
            raise RuntimeError("the judge is broken")
        for category, word in words.items():
            if word in text.lower():
                return found(category, stage, language)
        return Verdict(stage=stage, language=language)


def found(category: str, stage: Stage = Stage.TURN, language: str = "en") -> Verdict:
    return Verdict(
        action=ACTIONS[category],
        stage=stage,
        category=category,
        rule=f"{category}.{language}.scripted",
        detector=Detector.RULES,
        score=1.0,
        language=language,
    )


class Weighs:
    """Judges by meaning after `takes_s` seconds.

    Args:
        takes_s: Of the loop's clock; None hangs.
        finds: Category of turns that contain `word`; "" passes everything.
        word: As above.
        fails: It raises instead.

    Attributes:
        asked: The turns it was given.
    """

    def __init__(
        self, takes_s: float | None = 0.0, finds: str = "", word: str = "", *, fails: bool = False
    ) -> None:
        self._takes_s = takes_s
        self._finds = finds
        self._word = word
        self._fails = fails
        self.asked: list[str] = []

    async def __call__(self, text: str, language: str, history: Sequence[str]) -> Verdict:
        self.asked.append(text)
        if self._takes_s is None:
            await asyncio.Event().wait()
        elif self._takes_s:
            await asyncio.sleep(self._takes_s)
        if self._fails:
            raise RuntimeError("the engine is broken")
        if self._finds and self._word in text.lower():
            return found(self._finds)
        return Verdict(stage=Stage.TURN, language=language)


def guards(judge: ScriptedJudge | None = None, weigh: Weighs | None = None) -> Guards:
    """Returns guardrails that find what they are told to."""
    return Guards(judge=judge or ScriptedJudge(), weigh=weigh or Weighs(), escalates=ESCALATES)
