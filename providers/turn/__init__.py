"""End of turn."""
