"""Sentences of written text."""

from sentencex import segment  # pyright: ignore[reportAttributeAccessIssue] # native, untyped


def sentences(text: str, language: str) -> list[str]:
    """Returns the sentences of `text`, each on one line; abbreviations of `language` end none."""
    if not text.strip():
        return []
    return [one for part in segment(language, text) if (one := " ".join(str(part).split()))]


def words(text: str) -> int:
    """Returns how many words `text` has."""
    return len(text.split())
