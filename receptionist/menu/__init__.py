"""The keypad menu: how a caller gets on where speech does not."""
