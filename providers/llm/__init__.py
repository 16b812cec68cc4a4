"""Brains: remote language models and the embedded concierge."""
