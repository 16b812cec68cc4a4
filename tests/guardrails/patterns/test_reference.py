"""Compares the matcher with one that is slow and obvious."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from guardrails.patterns.grammar import Grammar
from guardrails.patterns.matcher import Matcher, ReadyRule
from guardrails.text.normaliser import words
from guardrails.verdict import Stage

pytestmark = pytest.mark.unit


@dataclass(frozen=True)
class Piece:
    """A part of a pattern: a kind, its text, its parts."""

    kind: str
    text: str = ""
    parts: tuple["Piece", ...] = ()

    def written(self) -> str:
        inner = [part.written() for part in self.parts]
        match self.kind:
            case "all":
                return " ".join(inner)
            case "any":
                return f"({'|'.join(inner)})"
            case "maybe":
                return f"[{inner[0]}]"
            case _:
                return self.text


CLASSES: Mapping[str, list[Piece]] = {
    "pet": [Piece("word", "ab*"), Piece("all", parts=(Piece("word", "ba"), Piece("word", "cc")))],
    "thing": [Piece("class", "<pet>"), Piece("word", "dd")],
}
LEAVES = st.one_of(
    st.sampled_from(["ab", "ba", "cc", "dd", "abba", "a*", "*b", "*bb*", "cc*", "*ba"]).map(
        lambda text: Piece("word", text)
    ),
    st.sampled_from(["<pet>", "<thing>"]).map(lambda text: Piece("class", text)),
    st.sampled_from(["..", "..."]).map(lambda text: Piece("gap", text)),
    st.sampled_from(["^", "$"]).map(lambda text: Piece("edge", text)),
)


def composed(parts: st.SearchStrategy[Piece]) -> st.SearchStrategy[Piece]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        several.map(lambda inner: Piece("all", parts=inner)),
        several.map(lambda inner: Piece("any", parts=inner)),
        parts.map(lambda inner: Piece("maybe", parts=(inner,))),
    )


PARTS = st.recursive(LEAVES, composed, max_leaves=6)
WORD = st.sampled_from(["ab", "b*", "*a*", "dd"]).map(lambda text: Piece("word", text))
PATTERNS = st.tuples(PARTS, WORD, PARTS).map(lambda parts: Piece("all", parts=parts))
"""With a word that must be there: a pattern without one is refused."""
SENTENCES = st.lists(
    st.sampled_from(["ab", "ba", "cc", "dd", "abba", "acca", "eb"]), max_size=9
).map(lambda text: words(" ".join(text)))


def ends(piece: Piece, text: list[str], start: int) -> set[int]:
    """Returns where `piece` may end when it starts before the word at `start`."""
    match piece.kind:
        case "word":
            return {start + 1} if start < len(text) and fits(piece.text, text[start]) else set()
        case "class":
            return {end for one in CLASSES[piece.text[1:-1]] for end in ends(one, text, start)}
        case "gap":
            return set(range(start, min(len(text), start + {2: 3, 3: 6}[len(piece.text)]) + 1))
        case "edge":
            return {start} & {0 if piece.text == "^" else len(text)}
        case "any":
            return {end for part in piece.parts for end in ends(part, text, start)}
        case "maybe":
            return {start} | ends(piece.parts[0], text, start)
        case _:
            places = {start}
            for part in piece.parts:
                places = {end for place in places for end in ends(part, text, place)}
            return places


def fits(pattern: str, word: str) -> bool:
    bare = pattern.strip("*")
    if pattern.startswith("*") and pattern.endswith("*"):
        return bare in word
    if pattern.startswith("*"):
        return word.endswith(bare)
    return word.startswith(bare) if pattern.endswith("*") else word == bare


def is_said_as_written(pattern: str) -> bool:
    """False where an echo such as "ab ab" would be read as one word."""
    for mark in "()[]|":
        pattern = pattern.replace(mark, " , ")
    runs = " ".join("," if set(token) & set("*<.^$,") else token for token in pattern.split())
    return all(" ".join(words(run)) == " ".join(run.split()) for run in runs.split(","))


@given(PATTERNS, SENTENCES, st.data())
@settings(max_examples=3000, deadline=None)
def test_the_matcher_finds_what_the_obvious_one_finds(
    piece: Piece, text: list[str], data: st.DataObject
) -> None:
    assume(is_said_as_written(piece.written()))
    grammar = Grammar("en")
    grammar.learn_classes({name: [p.written() for p in ps] for name, ps in CLASSES.items()})
    pattern = grammar.pattern("rule", piece.written())
    assert pattern is not None, grammar.flaws
    rule = ReadyRule(
        rule="rule", category="any", stages=frozenset({Stage.TURN}), patterns=(pattern,)
    )
    sentence = grammar.vocabulary.look_at(text)
    found = list(Matcher([rule]).hits(sentence, Stage.TURN))
    spans = {(s, e) for s in range(len(text) + 1) for e in ends(piece, text, s)}
    assert bool(found) == bool(spans)
    if found:
        first = min(end for _, end in spans)
        start = max(start for start, end in spans if end == first)
        assert found[0].excerpt == " ".join(text[start:first])
    across = data.draw(st.integers(0, len(text)))
    look_at = grammar.vocabulary.look_at
    parts = look_at(text[:across]).followed_by(look_at(text[across:]))
    crossing = list(Matcher([rule]).hits(parts, Stage.TURN, across))
    assert bool(crossing) == any(start < across < end for start, end in spans)
