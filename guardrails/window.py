"""The last turns of a caller read as one: what is prohibited may be said in pieces."""

from collections.abc import Iterator, Sequence

from guardrails.text.sentences import sentences

_REACH = 30
"""Words on either side of the boundary; what lies farther apart belongs to another thought."""

_TAIL = 1_000
"""Characters at the end of an earlier turn that are looked at for these words."""

_EARLIER = 2
"""Sentences before the last one that are read with the newest turn; each costs its time."""

_SAYING = 3
"""Words a sentence has that says something: "Well" and "Thank you" do not."""


def newest_words(newest: Sequence[Sequence[str]]) -> Sequence[str]:
    """Returns the words of the newest turn that earlier ones may lead to."""
    return [word for sentence in newest for word in sentence][:_REACH]


def earlier_words(history: Sequence[str], language: str, turns: int) -> Iterator[Sequence[str]]:
    """Yields what the newest turn may be the end of: the words just before it, sentences earlier.

    Args:
        history: Earlier turns, the oldest first.
        language: ISO 639-1.
        turns: How many are read together, the newest included.
    """
    if turns < 2:
        return
    earlier = [sentences(turn[-_TAIL:], language) for turn in history[1 - turns :]]
    before = _just_before(earlier)
    spoken = [sentence for turn in earlier for sentence in turn][:-1]
    saying = [sentence for sentence in spoken if len(sentence) >= _SAYING]
    for words in (before, *reversed(saying[-_EARLIER:])):
        if words:
            yield words[-_REACH:]


def _just_before(earlier: Sequence[Sequence[list[str]]]) -> list[str]:
    """Returns the last sentence, with the turns before it as long as they were one sentence."""
    words: list[str] = []
    for turn in reversed(earlier):
        words = [*(turn[-1] if turn else ()), *words]
        if len(turn) > 1:
            break
    return words
