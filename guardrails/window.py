"""The last turns of a caller read as one: what is prohibited may be said in pieces."""

from collections.abc import Sequence
from dataclasses import dataclass

from guardrails.text.sentences import sentences

_REACH = 30
"""Words on either side of the boundary; what lies farther apart belongs to another thought."""


_TAIL = 1_000
"""Characters at the end of an earlier turn that are looked at for these words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The end of earlier turns and the beginning of the newest as one sentence.

    Attributes:
        words: Of that sentence, normalised.
        boundary: The place where the newest turn begins; what counts reaches across it.
    """

    words: Sequence[str]
    boundary: int


def window(
    history: Sequence[str], newest: Sequence[Sequence[str]], language: str, turns: int
) -> Window | None:
    """Returns the window before the first of the `newest` sentences; None without a past.

    Args:
        history: Earlier turns, the oldest first.
        newest: The sentences of the newest turn, normalised.
        language: ISO 639-1.
        turns: How many are read together, the newest included.
    """
    if turns < 2 or not history or not newest:
        return None
    before: list[str] = []
    for turn in reversed(history[1 - turns :]):
        said = sentences(turn[-_TAIL:], language)
        before = [*(said[-1] if said else ()), *before]
        if len(said) > 1:
            break
    before = before[-_REACH:]
    return Window(words=[*before, *newest[0][:_REACH]], boundary=len(before)) if before else None
