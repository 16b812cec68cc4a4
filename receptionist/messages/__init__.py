"""Messages callers leave for people."""
