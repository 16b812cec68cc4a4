"""Tells by the meaning of a text, beside its words, how likely it is of each category."""
