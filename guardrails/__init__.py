"""Policy, detectors and the marks they leave: what the assistant must not do, and who helps then."""
