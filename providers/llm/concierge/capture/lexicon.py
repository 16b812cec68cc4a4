"""Words, or several words together, that stand for something."""

from collections.abc import Mapping, Sequence

_WORDS_MAX = 3


class Lexicon:
    """Looks sequences of words up, the longest first."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = {tuple(word.split()): value for word, value in words.items()}

    def at(self, tokens: Sequence[str], index: int) -> tuple[str, int] | None:
        """Returns what the words from `index` on stand for and how many they are, or None."""
        for length in range(_WORDS_MAX, 0, -1):
            key = tuple(tokens[index : index + length])
            if len(key) == length and key in self._words:
                return self._words[key], length
        return None
