"""The rules of one language made ready: classes resolved, patterns read, problems collected."""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import NamedTuple

from guardrails.patterns.nodes import Node
from guardrails.patterns.notation import (
    Known,
    NotationError,
    Part,
    choice,
    class_names,
    nothing,
    read,
)
from guardrails.patterns.vocabulary import Sentence, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """A pattern that cannot be used.

    Attributes:
        owner: The class or the rule it belongs to.
        pattern: As written.
        message: What is wrong with it.
    """

    owner: str
    pattern: str
    message: str


class Pattern(NamedTuple):
    """A pattern that was read.

    Attributes:
        node: What finds it.
        needs: The sets of words of the vocabulary without which it cannot occur, the one that
            occurs least first.
    """

    node: Node
    needs: tuple[int, ...]

    def ends(self, sentence: Sentence, starts: int) -> int:
        """Returns the places of `sentence` where it ends when it starts at one of `starts`."""
        if self.needs[0] not in sentence.at:
            return 0
        return self.node.follow(starts, sentence)


class Grammar:
    """Words, classes and patterns of one language.

    Attributes:
        flaws: What could not be read.
    """

    def __init__(self, language: str) -> None:
        self.flaws: list[Flaw] = []
        self._known = Known(language=language)

    @property
    def language(self) -> str:
        """Returns the ISO 639-1 code of the language."""
        return self._known.language

    @property
    def vocabulary(self) -> Vocabulary:
        """Returns the words patterns ask for."""
        return self._known.vocabulary

    def copy(self) -> "Grammar":
        """Returns a grammar that knows as much and may learn more; its patterns fit this one's."""
        return deepcopy(self)

    def forget_tokens(self) -> None:
        """Drops what makes reading many patterns fast; more can still be read."""
        self._known.tokens.clear()

    def learn_classes(self, classes: Mapping[str, Sequence[str]]) -> None:
        """Reads `classes`, which may use each other but not themselves."""
        for name in classes:
            self._learn(name, classes, ())

    def pattern(self, owner: str, text: str) -> Pattern | None:
        """Returns the pattern `text` of `owner`; None, and a flaw more, if it cannot be read."""
        part = self._read(owner, text)
        return None if part is None else self._ready(part)

    def patterns(self, owner: str, texts: Iterable[str]) -> tuple[Pattern, ...]:
        """Returns those of `texts` that can be read."""
        return tuple(p for text in texts if (p := self.pattern(owner, text)) is not None)

    def _ready(self, part: Part) -> Pattern:
        rarest = sorted(part.needs, key=self.vocabulary.rarity, reverse=True)
        needs = dict.fromkeys(map(self.vocabulary.one_of, rarest))
        return Pattern(node=part.node, needs=tuple(needs))

    def _learn(
        self, name: str, classes: Mapping[str, Sequence[str]], above: tuple[str, ...]
    ) -> None:
        if name in self._known.classes or name not in classes:
            return
        parts: list[Part] = []
        for text in classes[name]:
            inner = class_names(text)
            if name in inner or not set(inner).isdisjoint(above):
                self.flaws.append(
                    Flaw(owner=name, pattern=text, message=f"makes <{name}> a part of itself")
                )
                continue
            for used in inner:
                self._learn(used, classes, (*above, name))
            part = self._read(name, text)
            if part is not None:
                parts.append(part)
        # A class of which nothing could be read is still known: one mistake, one message.
        self._known.classes[name] = choice(
            parts or [nothing(name, self.vocabulary)], self.vocabulary
        )

    def _read(self, owner: str, text: str) -> Part | None:
        try:
            return read(text, self._known)
        except NotationError as error:
            self.flaws.append(Flaw(owner=owner, pattern=text, message=str(error)))
            return None
