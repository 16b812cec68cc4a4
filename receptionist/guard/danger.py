"""What a caller who may be in danger is told: fixed lines, which are made before he calls."""

from collections.abc import Iterator, Mapping

from guardrails.speech import sentence_for
from prompts.loader import Texts
from receptionist.calls.plan import CallPlan
from receptionist.guard.contract import Guards
from receptionist.guard.dialled import spoken_values
from receptionist.guard.orders import EMERGENCY, SELF_HARM

ELSEWHERE = "112"
"""Dialled where no number is known: a mobile telephone connects it almost everywhere."""

_TURNS = 4
"""The sentences of an occasion take turns; no text has more of them."""


def values_of(guards: Guards, plan: CallPlan, language: str) -> Mapping[str, str]:
    """Returns what sentences name, as it is said in `language`, or read on a call in writing."""
    known = {name: value for name, value in guards.values.items() if value}
    values = {"number": ELSEWHERE} | known
    return values if plan.channel == "text" else spoken_values(values, language)


def line_of(texts: Texts, occasion: str, turn: int, values: Mapping[str, str]) -> str:
    """Returns what is said on `occasion`; the variants take turns."""
    return sentence_for(texts.session[occasion], turn, values)


def danger_lines(guards: Guards, plan: CallPlan) -> list[str]:
    """Returns all that a call in the language of `plan` says in danger, the first words first."""
    return list(dict.fromkeys(_lines(guards, plan)))


def _lines(guards: Guards, plan: CallPlan) -> Iterator[str]:
    language = plan.language
    values, texts = values_of(guards, plan, language), plan.snapshot.texts[language]
    dangers = (EMERGENCY, SELF_HARM)
    for turn in range(_TURNS):
        for category in dangers:
            yield guards.judge.say(category, language, turn, **values)
            yield line_of(texts, f"{category}_alone", turn, values)
    for turn in range(_TURNS):
        for category in dangers:
            yield line_of(texts, f"{category}_waiting", turn, values)
