"""Hands callers to people: whom to ring, in which order, how it ended and what comes next."""
