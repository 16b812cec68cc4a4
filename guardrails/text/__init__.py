"""Texts as they are compared: one spelling for what sounds or looks the same."""
