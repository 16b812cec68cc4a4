"""Who we answer for: the bundle an admin writes and the snapshot a call reads."""
