"""The audit log: what the gates judged, what was done about it, and the proof of both."""
