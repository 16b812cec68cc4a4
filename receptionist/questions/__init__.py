"""Questions nobody could answer yet: kept, grouped by meaning, and turned into topics."""
