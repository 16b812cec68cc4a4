"""Whether an answer begins with a yes or a no, or says neither."""

from providers.llm.concierge.grammar import Grammar


def yes_or_no(grammar: Grammar, text: str) -> tuple[bool | None, str]:
    """Returns whether an answer begins with a yes or a no, and what follows it."""
    parts = grammar.texts.parts
    words = grammar.tidy(text)
    for meaning, sources in ((False, parts.denies), (True, parts.affirms)):
        rest = grammar.strip_front(sources, words)
        if rest != words:
            return meaning, grammar.strip_front((*parts.lead_ins, *parts.lead_outs), rest)
    heard = grammar.misheard.yes_or_no(words)
    return (None, words) if heard is None else (heard, "")


def undecided(grammar: Grammar, text: str) -> bool:
    """Tells whether an answer is that the caller does not know."""
    words = grammar.tidy(text)
    sources = grammar.texts.routing.undecided
    return bool(grammar.full(sources, words) or grammar.full(sources, grammar.core(words)))
