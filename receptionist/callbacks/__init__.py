"""Callbacks promised to callers, each with the time by which it is owed."""
