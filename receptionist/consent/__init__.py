"""Whether a caller has agreed to being recorded, and the proof of it."""
