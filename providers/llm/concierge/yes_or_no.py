"""Whether an answer begins with a yes or a no."""

from providers.llm.concierge.grammar import Grammar


def yes_or_no(grammar: Grammar, text: str) -> tuple[bool | None, str]:
    """Returns whether an answer begins with a yes or a no, and what follows it."""
    parts = grammar.texts.parts
    words = grammar.tidy(text)
    for meaning, sources in ((False, parts.denies), (True, parts.affirms)):
        rest = grammar.strip_front(sources, words)
        if rest != words:
            return meaning, grammar.strip_front((*parts.lead_ins, *parts.lead_outs), rest)
    return None, words
