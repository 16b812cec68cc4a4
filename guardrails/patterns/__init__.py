"""Patterns over words: how they are written, and how many thousand are looked for at once."""
