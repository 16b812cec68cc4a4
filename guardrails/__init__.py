"""Policy, detectors and their marks: what the assistant must not do, and who helps then."""
