"""One call from the first ring to the stored record."""
