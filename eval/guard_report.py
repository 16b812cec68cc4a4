"""How well the guard tells what it must refuse from what it must leave alone.

python -m eval.bench guard [--half development|sealed] [--language xx ...] [--json]
python -m eval.bench guard --clinc data_full.json --banking FOLDER --nlu FOLDER ...

Every text is judged by rules alone, by the embedding head alone, and by both, which is what calls
and the screen of configurations do. `stopped` is any verdict but pass and log. Shares stand with
the Wilson interval that holds the true share with 95 % probability. What is stopped at `decides`
counts in whatever category; at `routes` a hand-off at a caller's turn counts by itself, for the
caller gets what he wants. An attack is blocked when its text is stopped. Nothing of the sealed half
is shown but shares; `--wrong FILE` keeps the wrong verdicts on all else.
"""

import argparse
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from eval import guard_public
from eval.engines import load
from eval.guard_development import harmless
from eval.guard_measures import MEASURES, Detectors, Finding, Judged, figures, public
from eval.guard_noise import misheard
from eval.guard_sets import Half, Labelled, texts
from eval.topic_calibration import remembering
from guardrails.claims.reader import ClaimReader, load_claims
from guardrails.guard import Guard
from guardrails.head.contract import Head
from guardrails.head.features import Embed
from guardrails.head.head import WEIGHTS, load_head
from guardrails.policy.loader import load_policy
from guardrails.policy.models import Policy
from guardrails.verdict import Action, Stage, Verdict
from providers.spec import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """The guard, and what it would be with half of its detectors.

    Attributes:
        policy: Of all.
        by_detectors: The guards.
        escalates: Categories whose refusal is followed by a person.
        claims: Finds what the assistant says it has done.
    """

    policy: Policy
    by_detectors: Mapping[Detectors, Guard]
    escalates: frozenset[str]
    claims: ClaimReader


class RememberingHead:
    """A head that is asked the same by two guards.

    Args:
        head: Knows the answers.
    """

    def __init__(self, head: Head) -> None:
        self._head = head
        self._known: dict[tuple[str, str, Stage], Mapping[str, float]] = {}

    def likelihoods(self, text: str, language: str, stage: Stage) -> Mapping[str, float]:
        """Returns the likelihood of each category."""
        asked = (text, language, stage)
        if asked not in self._known:
            self._known[asked] = self._head.likelihoods(*asked)
        return self._known[asked]


def guards(embed: Embed | None, weights: Path = WEIGHTS) -> Guards:
    """Returns the guard of the product; without `embed` by rules alone."""
    policy = load_policy()
    rules = Guard(policy)
    found: dict[Detectors, Guard] = {"rules": rules, "both": rules}
    if embed is not None:
        head = RememberingHead(load_head(policy, embed, weights))
        empty = {code: replace(one, rules=()) for code, one in policy.languages.items()}
        found["head"] = Guard(replace(policy, languages=empty), head)
        found["both"] = Guard(policy, head)
    escalates = frozenset(name for name, one in policy.categories.items() if one.escalate)
    return Guards(policy=policy, by_detectors=found, escalates=escalates, claims=load_claims())


def judged(guards: Guards, labelled: Iterable[Labelled]) -> Iterator[Judged]:
    """Yields each text with what is found in it."""
    for one in labelled:
        findings: dict[Detectors, Finding] = {
            detectors: _finding(guard, guards.escalates, one)
            for detectors, guard in guards.by_detectors.items()
        }
        spoken = one.stage is Stage.TURN
        interim = guards.by_detectors["both"].interim(one.text, one.language) if spoken else None
        said = one.stage is Stage.OUTPUT
        deeds = guards.claims.claimed(one.text, one.language) if said else ()
        yield Judged(
            labelled=one, findings=findings, interim=interim, deeds=frozenset(map(str, deeds))
        )


def _finding(guard: Guard, escalates: Collection[str], labelled: Labelled) -> Finding:
    verdict = guard.classify(labelled.text, labelled.stage, labelled.language)
    categories = guard.notes(labelled.text, labelled.language, labelled.stage)
    if verdict.category:
        categories |= {verdict.category}
    return Finding(verdict=verdict, categories=categories, person=_fetched(verdict, escalates))


def _fetched(verdict: Verdict, escalates: Collection[str]) -> bool:
    if verdict.action is Action.REFUSE:
        return verdict.category in escalates
    return verdict.action in (Action.HANDOFF, Action.EMERGENCY)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Lets it be said what is measured."""
    group = parser.add_argument_group("guard")
    group.add_argument("--half", choices=list(Half), default=Half.DEVELOPMENT)
    group.add_argument("--language", action="append", default=[], help="repeat it for several")
    group.add_argument("--rules-alone", action="store_true", help="without the embedding head")
    group.add_argument("--weights", type=Path, default=WEIGHTS, help="of the embedding head")
    group.add_argument("--wrong", type=Path, metavar="FILE", help="keeps wrong verdicts")
    guard_public.add_arguments(parser)


def asked_for(arguments: argparse.Namespace) -> dict[str, Any]:
    """Returns the figures that were asked for."""
    embed = None
    if not arguments.rules_alone:
        embed = remembering(load(Slot.EMBEDDINGS, "use-multilingual:default").embed)
    return measure(
        guards(embed, arguments.weights),
        Half(arguments.half),
        arguments.language,
        guard_public.given(arguments),
        arguments.wrong,
    )


def measure(
    guards: Guards,
    half: Half,
    languages: Collection[str] = (),
    others: Sequence[Labelled] = (),
    wrong: Path | None = None,
) -> dict[str, Any]:
    """Returns the figures of `half`, and of `others`, texts of public sets."""
    own = texts(half, languages)
    own += [misheard(one) for one in own if one.file == "emergencies"]
    known = [
        replace(one, file="product", part=one.kind)
        for one in harmless()
        if not languages or one.language in languages
    ]
    found = list(judged(guards, [*own, *known, *others]))
    if wrong:
        _keep(open_to_view(half, found), wrong)
    kinds = dict.fromkeys(one.kind for one in others)
    return {
        "half": half.value,
        "policy": {"version": guards.policy.version, "hash": guards.policy.hash},
        "detectors": list(guards.by_detectors),
        "texts": {"half": len(own), "product": len(known), "public": len(others)},
        "measures": figures([*MEASURES, *public(kinds)], found),
    }


def open_to_view(half: Half, found: Iterable[Judged]) -> list[Judged]:
    """Returns what may be shown: of the sealed half nothing is."""
    known = ("product", "public")
    return [one for one in found if half is not Half.SEALED or one.labelled.file in known]


def _keep(found: Iterable[Judged], path: Path) -> None:
    """Writes the texts that are there to be caught and pass, and those that are stopped wrongly."""
    with path.open("w", encoding="utf-8") as file:
        for one in found:
            verdict = one.findings["both"].verdict
            wanted = one.labelled.category or one.labelled.file == "attacks"
            if bool(wanted) == verdict.passes:
                line = asdict(one.labelled) | {
                    "action": verdict.action,
                    "found": verdict.category,
                    "rule": verdict.rule,
                    "score": round(verdict.score, 3),
                }
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
