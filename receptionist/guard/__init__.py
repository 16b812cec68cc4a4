"""The guardrails of a running call: its gates, what it decides and how a person is fetched."""
