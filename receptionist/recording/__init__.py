"""Recordings of calls whose callers have agreed, and the log of synthesised speech that is kept."""
