"""The policy: what is prohibited, what is done about it, and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from guardrails.patterns.grammar import Grammar
from guardrails.patterns.matcher import ReadyRule
from guardrails.verdict import Action, Stage

Text = Annotated[str, Field(min_length=1, max_length=600)]
Likelihood = Annotated[float, Field(ge=0, le=1)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=80)]


class Entry(BaseModel):
    """What a person writes: nothing unknown, nothing changed afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Category(Entry):
    """A prohibited purpose, or another thing to notice in a call.

    Attributes:
        title: For people.
        law: The provision behind it.
        actions: What is done where a rule fires; at a stage that is not named nobody looks.
        unsure: What is done where the embedding head alone finds it.
        thresholds: Of the head's likelihood, per stage.
        floor: Likelihood below which the head contradicts a rule, which then only leaves a note.
        escalate: A refusal during a call is followed by a hand-off to a person.
        window: Said over several turns it counts as well.
    """

    title: Text
    law: Text
    actions: Mapping[Stage, Action]
    unsure: Mapping[Stage, Action] = Field(default_factory=dict[Stage, Action])
    thresholds: Mapping[Stage, Likelihood] = Field(default_factory=dict[Stage, float])
    floor: Likelihood = 0.0
    escalate: bool = False
    window: bool = True

    @model_validator(mode="after")
    def _asks_before_calls_alone(self) -> "Category":
        for name, actions in (("actions", self.actions), ("unsure", self.unsure)):
            for stage, action in actions.items():
                if action is Action.ASK and stage is not Stage.CONFIG:
                    raise ValueError(f"{name}.{stage}: ask is for config; nobody is there in calls")
        if missing := self.unsure.keys() - self.thresholds.keys():
            raise ValueError(f"thresholds lacks {', '.join(sorted(missing))}, which unsure has")
        return self


class RuleEntry(Entry):
    """A rule of one category in one language.

    Attributes:
        id: Within the category and the language.
        stages: Where it applies; None wherever the category is looked for.
        any: Patterns; one is enough.
        unless: Patterns that excuse it when they are in the same sentence.
    """

    id: Identifier
    stages: tuple[Stage, ...] | None = Field(default=None, min_length=1)
    any: tuple[Text, ...] = Field(min_length=1)
    unless: tuple[Text, ...] = ()


class CategoryEntry(Entry):
    """What one language has for a category.

    Attributes:
        say: Sentences for callers; they take turns. {company}, {number} and {hotline} may occur.
        reword: What an admin may write instead.
        rules: What finds it.
    """

    say: tuple[Text, ...] = Field(min_length=1)
    reword: str = Field(default="", max_length=600)
    rules: tuple[RuleEntry, ...] = ()


class Words(Entry):
    """The classes of words of one language, which patterns name in angle brackets."""

    classes: Mapping[Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")], tuple[Text, ...]]


class PolicyEntry(Entry):
    """The file policy.yaml.

    Attributes:
        version: For people; what counts is the hash.
        window_turns: Turns of a caller that are read together, the newest included.
        categories: By id.
    """

    version: Text
    window_turns: int = Field(ge=1, le=10)
    categories: Mapping[Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$")], Category] = Field(
        min_length=1
    )


class JudgeEntry(Entry):
    """The file judge.yaml: how a language model is asked about what is in doubt.

    Attributes:
        limit_s: Seconds after which its answer is not waited for.
        system: What it is told to do.
        question: About one text; {title}, {law}, {stage} and {text} occur in it.
        prohibited: The answer that confirms a doubt; any other answer does not.
    """

    limit_s: Annotated[float, Field(gt=0, le=30)]
    system: Annotated[str, Field(min_length=1, max_length=4000)]
    question: Annotated[str, Field(min_length=1, max_length=4000)]
    prohibited: Text


class CountryNumbers(Entry):
    """Whom to dial in one country.

    Attributes:
        emergency: The general emergency number, as dialled.
        self_harm: A line for people who think of ending their life; "" where none is known.
    """

    emergency: Annotated[str, Field(pattern=r"^[0-9]{2,6}$")]
    self_harm: Annotated[str, Field(pattern=r"^([0-9]+( [0-9]+)*)?$")] = ""


class Numbers(Entry):
    """The file numbers.yaml.

    Attributes:
        elsewhere: For countries that are not named.
        countries: By ISO 3166-1 alpha-2 code.
    """

    elsewhere: CountryNumbers
    countries: Mapping[Annotated[str, Field(pattern="^[A-Z]{2}$")], CountryNumbers]

    def of(self, country: str) -> CountryNumbers:
        """Returns the numbers of `country`, an ISO 3166-1 alpha-2 code in any case."""
        return self.countries.get(country.upper(), self.elsewhere)


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageRules:
    """All that one language has.

    Attributes:
        language: ISO 639-1.
        classes: Words by class.
        entries: By category.
        grammar: The words and classes, read.
        rules: The rules, read.
    """

    language: str
    classes: Mapping[str, tuple[str, ...]]
    entries: Mapping[str, CategoryEntry]
    grammar: Grammar
    rules: tuple[ReadyRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the assistant must not do, in every language it speaks.

    Attributes:
        version: For people.
        hash: Of everything that decides; the same on every machine.
        seeds_hash: Of the sentences the embedding head is taught with; a part of `hash`.
        window_turns: Turns of a caller that are read together, the newest included.
        categories: By id, in the order of the file.
        languages: By ISO 639-1 code.
        numbers: To dial in an emergency.
        judge: How a language model is asked; None where none may be.
    """

    version: str
    hash: str
    seeds_hash: str
    window_turns: int
    categories: Mapping[str, Category]
    languages: Mapping[str, LanguageRules]
    numbers: Numbers
    judge: JudgeEntry | None = None
