"""Backups: one archive that is restored into a database of either kind."""
