"""What the screen says to the people who write a tenant, and what they have approved."""

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guardrails.policy.models import Policy
from guardrails.verdict import Action, Detector
from receptionist.tenants.bundle import Examined
from receptionist.tenants.bundle_yaml import Place, Problem
from receptionist.tenants.config import TenantConfig
from receptionist.tenants.finding import Location, Severity
from receptionist.tenants.screen import Sentence
from receptionist.tenants.screen_config import Approval, hash_of
from receptionist.tenants.screen_texts import Use

_SHOWN = 160
_PROHIBITED = "AI Act Art. 5"
_SAID_ANYWAY = "manipulation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A sentence that is in force by approval alone."""

    sentence: Sentence
    approval: Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """What came of screening a tenant.

    Attributes:
        open: Sentences nobody has approved; refused, asked about, or worth a warning.
        overrides: Sentences in force by approval.
        stale: Approvals, by index, of sentences that are not there any more.
    """

    open: tuple[Sentence, ...]
    overrides: tuple[Override, ...]
    stale: tuple[int, ...]

    @property
    def stands(self) -> bool:
        """Whether the tenant may answer calls."""
        return all(one.judged.action is Action.LOG for one in self.open)


def settled(
    config: TenantConfig, sentences: Iterable[Sentence], written: Container[str]
) -> Screened:
    """Returns `sentences` divided into those that are approved and the others.

    Args:
        config: With the approvals.
        sentences: In which something was found.
        written: Hashes of all sentences of the tenant.
    """
    still: list[Sentence] = []
    overrides: list[Override] = []
    for sentence in sentences:
        approval = _approval_of(config, sentence)
        if approval is None or _objection(sentence, approval):
            still.append(sentence)
        else:
            overrides.append(Override(sentence=sentence, approval=approval))
    approvals = enumerate(config.guard.approvals)
    stale = tuple(index for index, one in approvals if one.sha256 not in written)
    return Screened(open=tuple(still), overrides=tuple(overrides), stale=stale)


def problems_of(screened: Screened, examined: Examined, policy: Policy) -> list[Problem]:
    """Returns what is to be said about a tenant, by file and line."""
    config = examined.config
    assert config is not None
    found = [
        place_of(sentence, examined).problem(
            _message(sentence, config, policy), severity_of(sentence)
        )
        for sentence in screened.open
        if sentence.judged.action is not Action.LOG
    ]
    found += _warnings(screened.open, examined, policy)
    for index in screened.stale:
        message = "approves a sentence that is not there any more; what was changed is read again"
        place = examined.place(("guard", "approvals", index))
        found.append(place.problem(message, Severity.WARNING))
    if config.country not in policy.numbers.countries:
        message = (
            f"no emergency number is known for {config.country!r}; callers in danger are told "
            f"{policy.numbers.elsewhere.emergency}"
        )
        found.append(examined.place(("country",)).problem(message, Severity.WARNING))
    return sorted(set(found))


def records_of(screened: Screened, examined: Examined) -> Iterator[dict[str, Any]]:
    """Yields every sentence in which something was found, for programs."""
    approved = [(override.sentence, True) for override in screened.overrides]
    for sentence, stands in [*((one, False) for one in screened.open), *approved]:
        place, judged = place_of(sentence, examined), sentence.judged
        warns = judged.action is Action.LOG
        yield {
            "verdict": "warning" if warns else judged.action.value,
            "category": judged.category,
            "law": judged.law,
            "rule": judged.rule,
            "detector": judged.detector.value,
            "score": judged.score,
            "sentence": sentence.text,
            "sentence_sha256": hash_of(sentence.text),
            "file": place.file,
            "line": place.line,
            "reword": judged.reword,
            "approved": stands,
        }


def severity_of(sentence: Sentence) -> Severity:
    """Returns how what was found in a sentence bears on the tenant."""
    refused = sentence.judged.action is Action.REFUSE
    return Severity.ERROR if refused else Severity.APPROVAL


def place_of(sentence: Sentence, examined: Examined) -> Place:
    """Returns where a sentence begins, as far as that can be found in the text of its file."""
    place = examined.place(sentence.location)
    if sentence.use is Use.QUOTED:
        return place
    return Place(file=place.file, line=_line(examined.folder / place.file, place.line, sentence))


def _line(file: Path, start: int, sentence: Sentence) -> int:
    words = [re.escape(word) for word in sentence.text.split()]
    lines = file.read_text(encoding="utf-8-sig").split("\n")
    for count in (6, 3, 1):
        begin = re.compile(r"\s+".join(words[:count]))
        for number, line in enumerate(lines[start - 1 :], start):
            if begin.search(line):
                return number
    return start


def _approval_of(config: TenantConfig, sentence: Sentence) -> Approval | None:
    """Returns the approval of a sentence, a complete one if there is any.

    Of a doubt the head has, the category does not count: people have read the sentence, and what
    it is likeliest of may be another one tomorrow.
    """
    judged, sha256 = sentence.judged, hash_of(sentence.text)
    found = [
        one
        for one in config.guard.approvals
        if one.sha256 == sha256
        and (judged.detector is Detector.HEAD or one.category == judged.category)
    ]
    complete = [one for one in found if not _objection(sentence, one)]
    return next(iter((*complete, *found)), None) if judged.action is not Action.LOG else None


def _objection(sentence: Sentence, approval: Approval) -> str:
    """Returns why an approval does not lift what was found; "" when it does."""
    if sentence.judged.action is Action.ASK:
        return ""
    if sentence.judged.law.startswith(_PROHIBITED):
        return "No approval lifts a prohibited practice."
    lacks = " and ".join(approval.lacks)
    return f"Its approval lacks {lacks}." if lacks else ""


def _message(sentence: Sentence, config: TenantConfig, policy: Policy) -> str:
    judged = sentence.judged
    title = policy.categories[judged.category].title.lower()
    parts = [f"{judged.reword}".strip()]
    if judged.action is Action.REFUSE:
        found = f"refused: {title} ({judged.law}): {_shown(sentence.text)}."
        approval = _approval_of(config, sentence)
        parts.append(_objection(sentence, approval) if approval else "")
    else:
        doubt = "may be" if judged.detector is Detector.HEAD else "speaks of"
        found = f"{doubt} {title} ({judged.law}): {_shown(sentence.text)}."
        parts.append("Or a second person approves it in guard.yaml.")
    if judged.category == _SAID_ANYWAY and sentence.location[0] in ("greeting", "instructions"):
        parts.append("Whatever is written, callers are told first that a machine answers.")
    return " ".join((found, *filter(None, parts)))


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def _warnings(
    sentences: Iterable[Sentence], examined: Examined, policy: Policy
) -> Iterator[Problem]:
    """Yields one warning for each text, or list of questions, that calls make no use of."""
    groups: dict[Location, list[Sentence]] = {}
    for sentence in sentences:
        if sentence.judged.action is Action.LOG:
            asked = sentence.use is Use.ASKED
            around = sentence.location[:-1] if asked else sentence.location
            groups.setdefault(around, []).append(sentence)
    for group in groups.values():
        first = group[0]
        title = policy.categories[first.judged.category].title.lower()
        more = f" ({len(group)} such)" if len(group) > 1 else ""
        what = "a caller who says" if first.use is Use.ASKED else "the assistant does not say"
        then = " is refused" if first.use is Use.ASKED else ""
        message = f"{what} {_shown(first.text)}{then}: {title}{more}"
        yield place_of(first, examined).problem(message, Severity.WARNING)
