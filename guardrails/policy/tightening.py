"""What a tenant may change about the policy: it may be stricter, never looser."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from pydantic import Field, ValidationError

from guardrails.policy.language_reader import ready_rules
from guardrails.policy.loader import canonical
from guardrails.policy.models import (
    Category,
    Entry,
    LanguageRules,
    Likelihood,
    Policy,
    RuleEntry,
)
from guardrails.policy.problem import Location, PolicyError, Problem
from guardrails.verdict import Action, Stage

PREFIX = "tenant."
"""Of the ids of a tenant's own rules."""


class TighterCategory(Entry):
    """What is stricter about a category.

    Attributes:
        actions: Severer ones, by stage.
        unsure: Severer ones, by stage.
        thresholds: Lower ones, by stage.
    """

    actions: Mapping[Stage, Action] = Field(default_factory=dict[Stage, Action])
    unsure: Mapping[Stage, Action] = Field(default_factory=dict[Stage, Action])
    thresholds: Mapping[Stage, Likelihood] = Field(default_factory=dict[Stage, float])


class Tightening(Entry):
    """What a tenant adds to the policy.

    Attributes:
        categories: What is stricter, by category.
        rules: More rules, by language and category; their ids start with "tenant.".
    """

    categories: Mapping[str, TighterCategory] = Field(default_factory=dict[str, TighterCategory])
    rules: Mapping[str, Mapping[str, tuple[RuleEntry, ...]]] = Field(
        default_factory=dict[str, Mapping[str, tuple[RuleEntry, ...]]]
    )


def tightened(policy: Policy, tightening: Tightening, file: str = "tightening") -> Policy:
    """Returns `policy` made stricter by `tightening`; with a hash of its own.

    Args:
        policy: The policy of the product.
        tightening: Of a tenant.
        file: What problems name as the place `tightening` comes from.

    Raises:
        PolicyError: If it loosens anything or has a mistake; with all that is wrong.
    """
    change = _Change(policy=policy, file=file)
    for name, tighter in tightening.categories.items():
        change.tighten(name, tighter)
    for language, added in tightening.rules.items():
        change.add(language, added)
    if change.problems:
        raise PolicyError(change.problems)
    if tightening == Tightening():
        return policy
    content = canonical([policy.hash, tightening.model_dump(mode="json")])
    return replace(
        policy,
        hash=hashlib.sha256(content.encode()).hexdigest(),
        categories={**policy.categories, **change.categories},
        languages={**policy.languages, **change.languages},
    )


@dataclass(slots=True, kw_only=True)
class _Change:
    """What differs from the policy so far."""

    policy: Policy
    file: str
    categories: dict[str, Category] = field(default_factory=dict[str, Category])
    languages: dict[str, LanguageRules] = field(default_factory=dict[str, LanguageRules])
    problems: list[Problem] = field(default_factory=list[Problem])

    def tighten(self, name: str, tighter: TighterCategory) -> None:
        location: Location = ("categories", name)
        base = self.policy.categories.get(name)
        if base is None:
            self._problem(location, "is no category of the policy; a tenant cannot add one")
            return
        for found, message in _looser(base, tighter):
            self._problem((*location, *found), message)
        try:
            self.categories[name] = Category.model_validate(
                {
                    **base.model_dump(),
                    "actions": {**base.actions, **tighter.actions},
                    "unsure": {**base.unsure, **tighter.unsure},
                    "thresholds": {**base.thresholds, **tighter.thresholds},
                }
            )
        except ValidationError as error:
            for wrong in error.errors(include_url=False, include_input=False):
                self._problem((*location, *wrong["loc"]), wrong["msg"])

    def add(self, language: str, added: Mapping[str, tuple[RuleEntry, ...]]) -> None:
        rules = self.policy.languages.get(language)
        if rules is None:
            self._problem(("rules", language), "is no language of the policy")
            return
        grammar = rules.grammar.copy()
        ready = list(rules.rules)
        for name, entries in added.items():
            category = self.categories.get(name) or self.policy.categories.get(name)
            location: Location = ("rules", language, name)
            if category is None:
                self._problem(location, "is no category of the policy")
                continue
            self._check_rules(location, entries, category)
            ready.extend(ready_rules(grammar, name, category, entries))
            for flaw in grammar.flaws:
                self._problem(location, f"{flaw.owner}: {flaw.pattern!r} {flaw.message}")
            grammar.flaws.clear()
        self.languages[language] = replace(rules, grammar=grammar, rules=tuple(ready))

    def _check_rules(
        self, location: Location, entries: tuple[RuleEntry, ...], category: Category
    ) -> None:
        ids: set[str] = set()
        for place, rule in enumerate(entries):
            here = (*location, place)
            if not rule.id.startswith(PREFIX):
                self._problem((*here, "id"), f"{rule.id!r} must start with {PREFIX!r}")
            if rule.id in ids:
                self._problem((*here, "id"), f"{rule.id!r} is the id of another rule")
            ids.add(rule.id)
            for stage in rule.stages or ():
                if stage not in category.actions:
                    self._problem((*here, "stages"), f"nothing is done at {stage}; add an action")

    def _problem(self, location: Location, message: str) -> None:
        self.problems.append(Problem(file=self.file, line=0, message=message, location=location))


def _looser(base: Category, tighter: TighterCategory) -> Iterator[tuple[Location, str]]:
    for name, before, after in (
        ("actions", base.actions, tighter.actions),
        ("unsure", base.unsure, tighter.unsure),
    ):
        for stage, action in after.items():
            allowed = before.get(stage, Action.PASS)
            if action.severity < allowed.severity:
                yield (
                    (name, stage.value),
                    f"{action} is looser than {allowed}, which the policy has",
                )
            if action is Action.EMERGENCY and Action.EMERGENCY not in base.actions.values():
                yield (
                    (name, stage.value),
                    "emergency is for danger; refuse or handoff is for others",
                )
    for stage, threshold in tighter.thresholds.items():
        highest = base.thresholds.get(stage, 1.0)
        if threshold > highest:
            yield (
                ("thresholds", stage.value),
                f"{threshold:g} finds less than the {highest:g} of the policy; lower is stricter",
            )
