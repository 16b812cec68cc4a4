"""Who we answer for: the bundle an admin writes and the snapshot a call reads."""

from pathlib import Path

DEMO = Path(__file__).parent / "demo"
"""Bundle of an invented company, answered for when no other is set."""
