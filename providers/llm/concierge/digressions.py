"""Whether a caller who was asked for a part answers, or wants something else meanwhile."""

from providers.llm.concierge.draft import Gap
from providers.llm.concierge.state import GapAsked
from providers.llm.concierge.turn import Turn
from providers.llm.concierge.vocabulary import Kind

MAY_BE_SKIPPED = (Gap.NAME, Gap.NUMBER, Gap.EMAIL)
"""Parts a caller may keep to himself."""
_NAME_ANSWER_WORDS_MAX = 3


def means_something_else(turn: Turn, asked: GapAsked, text: str) -> bool:
    """Tells whether the caller asks for something instead of answering."""
    understanding, grammar = turn.language.understanding, turn.grammar
    words = grammar.tidy(text)
    if asked.gap in (Gap.ABOUT, Gap.SERVICE):
        act = understanding.by_pattern(words, whole=True)
        kinds = understanding.patterned(text)
        return (act is not None and act.kind in _ALWAYS_ELSE) or (
            bool(kinds) and kinds <= _NEVER_A_SUBJECT
        )
    given = turn.language.details.given(text)
    only = turn.language.details.readers.moments.only(words)
    timed = only or (given.moment and not grammar.is_question(words))
    if given or (asked.gap is Gap.WHEN and timed):
        return False
    act = understanding.by_pattern(words)
    if act is None:
        return grammar.is_question(words)
    if asked.gap in MAY_BE_SKIPPED and grammar.find(grammar.texts.note.skips_number, words):
        return False
    if act.kind in (Kind.MESSAGE, Kind.CALLBACK):
        return bool(act.target or act.department) or (
            asked.gap is Gap.WHEN and act.kind is Kind.MESSAGE
        )
    if act.kind in (Kind.AFFIRM, Kind.DENY, Kind.GREETING):
        return False
    # "Anna Verdi, please" is a name here, not somebody to be put through to.
    short = len(grammar.core(words).split()) <= _NAME_ANSWER_WORDS_MAX
    return not (act.kind is Kind.ROUTE and short)


_NEVER_A_SUBJECT = frozenset(
    {
        Kind.REPEAT,
        Kind.SLOWER,
        Kind.LOUDER,
        Kind.LANGUAGE,
        Kind.HUMAN,
        Kind.ABUSE,
        Kind.ANGER,
    }
)
"""In whatever words, these are no part of a message."""
_ALWAYS_ELSE = frozenset(
    {
        Kind.REPEAT,
        Kind.SLOWER,
        Kind.LOUDER,
        Kind.LANGUAGE,
        Kind.HUMAN,
        Kind.GOODBYE,
        Kind.CANCEL,
        Kind.ROBOT,
        Kind.WAIT,
        Kind.HOURS,
        Kind.ABUSE,
    }
)
