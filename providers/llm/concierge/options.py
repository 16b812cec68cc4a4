"""How several people are put to the caller: by name, and by what sets them apart."""

from collections.abc import Sequence

from providers.llm.concierge.party import Party
from providers.llm.concierge.turn import Turn
from providers.llm.concierge.vocabulary import Say


def listed_apart(turn: Turn, options: Sequence[Party]) -> str:
    """Returns "A in Sales or B in Accounting": names left out when they are all the same."""
    same_name = len({option.name for option in options}) == 1
    labels = [_label(turn, option, options, named=not same_name) for option in options]
    if len(labels) < 2:
        return "".join(labels)
    joint = turn.grammar.texts.routing.conjunction_or
    return f"{', '.join(labels[:-1])} {joint} {labels[-1]}"


def titled(heard: str) -> str:
    """Returns a name as it was heard, the way names are written."""
    return " ".join(word[:1].upper() + word[1:] for word in heard.split())


def _label(turn: Turn, option: Party, options: Sequence[Party], *, named: bool) -> str:
    """Returns the first of department, place and title that only `option` has."""
    others = [other for other in options if other is not option]
    if option.kind == "department":
        return option.name
    if option.department and all(other.department != option.department for other in others):
        key = Say.OPTION_NAME if named else Say.OPTION_PLACE
        return turn.phrase(key, name=option.name, place=option.department)
    namesakes = [other for other in others if other.name == option.name]
    if not namesakes:
        return option.name
    for mine, theirs in (
        (option.place, [other.place for other in namesakes]),
        (option.title, [other.title for other in namesakes]),
    ):
        if mine and mine not in theirs:
            return f"{option.name}, {mine}" if named else mine
    return option.name
