"""What a language model reads: instructions that last a call, and a note for each turn.

The instructions are the same on every turn, so that a server which remembers what it has read can
reuse it. What changes, the time and what is known about the caller's words, stands in front of
those words, is written anew on each turn and is never kept.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from babel import Locale

from knowledge.hours import minute_of
from knowledge.hours_answer import Subject, answer
from knowledge.spoken import speech
from knowledge.topic_search import WEIGHTS, Match, PassageMatch, TopicSearch
from knowledge.when import understand
from knowledge.wording import worded
from prompts.loader import RenderedPrompt, render
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.remote.config import ToolTopic

_TOPICS_MOST = 3
_PASSAGES_MOST = 2
_PASSAGE_LETTERS = 900
_LETTERS = str.maketrans("0123456789abcdef", "bdfghkmpqtvwxzjr")
"""Digits as consonants: no word of any language, and read the same however it is normalised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Something the company says.

    Attributes:
        id: Of the topic or passage.
        language: In which it is said.
        text: What it says.
        spoken: It was written to be said as it is.
    """

    id: str
    language: str
    text: str
    spoken: bool


def instructions(snapshot: TenantSnapshot, language: str) -> RenderedPrompt:
    """Returns the system prompt of every call in `language`: rules, facts, the tenant's own."""
    config, texts = snapshot.config, snapshot.texts[language]
    parts = [render(texts.assistant, company=config.company).text.strip()]
    parts += lasting_facts(snapshot, language)
    parts += [f"# {title}\n{text.strip()}" for title, text in config.instructions.items()]
    return render("\n\n".join(parts))


def canary(call_id: str) -> str:
    """Returns a word that nobody says unless he reads the instructions of this call aloud."""
    digits = hashlib.sha256(f"canary {call_id}".encode()).hexdigest()[:12]
    return digits.translate(_LETTERS)


def marked(text: str, call_id: str) -> str:
    """Returns instructions with the canary of the call behind them.

    It comes last: what servers remember of other calls' instructions goes on being of use.
    """
    return f"{text}\n\n[{canary(call_id)}]"


def lasting_facts(snapshot: TenantSnapshot, language: str) -> list[str]:
    """Returns what is so on every call: the languages of the line and the departments."""
    notes = snapshot.texts[language].guide["notes"]
    names = Locale(language).languages
    spoken = ", ".join(names.get(code, code) for code in snapshot.config.languages)
    units = ", ".join(worded(unit.names, language) for unit in snapshot.config.departments)
    return [
        notes["languages"].format(languages=spoken),
        notes["departments"].format(departments=units),
    ]


def present_facts(snapshot: TenantSnapshot, language: str, now: datetime) -> str:
    """Returns the date, the time and whether it is open, in words worked out by code."""
    opening = answer(
        understand("", language, now.date()),
        snapshot.hours,
        now,
        language=language,
        texts=snapshot.texts[language].hours,
        subject=Subject(),
    )
    words = speech(language)
    return (
        snapshot.texts[language]
        .guide["notes"]["now"]
        .format(
            date=words.full_date(now.date()),
            time=words.clock(minute_of(now.time()), "at", daypart=True),
            open=opening.spoken,
        )
    )


def known(found: TopicSearch) -> list[Known]:
    """Returns what was found above the threshold, the best first."""
    topics = [found.best, *found.alternatives] if found.best else list(found.alternatives)
    good = [match for match in topics if match and match.score >= WEIGHTS.threshold]
    passages = [_of_passage(match) for match in found.passages[:_PASSAGES_MOST]]
    told = [_of_topic(match) for match in good[:_TOPICS_MOST]]
    return told + passages if found.best else passages + told


def turn_note(present: str, knowledge: Sequence[Known], snapshot: TenantSnapshot, lang: str) -> str:
    """Returns what the model reads before the caller's words of this turn."""
    notes = snapshot.texts[lang].guide["notes"]
    lines = [notes["note"], present]
    lines.append(notes["known"] if knowledge else notes["unknown"])
    for item in knowledge:
        language = Locale(lang).languages.get(item.language, item.language)
        foreign = notes["foreign"].format(language=language) + " "
        lines.append(f"- [{item.id}] {foreign if item.language != lang else ''}{item.text}")
    return "\n".join(lines)


def fingerprint(*texts: str) -> str:
    """Returns the hash under which what a model read is recorded."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _of_topic(match: Match) -> Known:
    text = match.topic.languages[match.language].answer
    said = not isinstance(match.topic, ToolTopic)
    return Known(id=match.topic.id, language=match.language, text=text, spoken=said)


def _of_passage(match: PassageMatch) -> Known:
    passage = match.passage
    text = passage.text[:_PASSAGE_LETTERS]
    return Known(id=passage.id, language=passage.language, text=text, spoken=False)
