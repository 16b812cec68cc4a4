"""Chooses what is said to a caller about a category."""

from collections.abc import Mapping, Sequence

_NAMES = ("company", "number", "hotline")
_WORTH_SAYING = ("hotline", "number")
"""A number that is known and can be said is said."""


def sentence_for(sentences: Sequence[str], turn: int, values: Mapping[str, str]) -> str:
    """Returns the sentence for `turn`, with `values` filled in.

    Args:
        sentences: They take turns; those that need a value that is not known are left out.
        turn: A counter.
        values: By the names in braces; empty ones count as not known.
    """
    known = {name: value for name, value in values.items() if value}
    unknown = [f"{{{name}}}" for name in _NAMES if name not in known]
    fit = [one for one in sentences if not any(name in one for name in unknown)]
    for name in _WORTH_SAYING:
        with_it = [one for one in fit if f"{{{name}}}" in one]
        fit = with_it or fit
    return fit[turn % len(fit)].format_map(known)
