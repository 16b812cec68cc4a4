"""What tests of the guardrails share."""

import pytest

from guardrails.guard import Guard
from guardrails.policy.loader import load_policy


@pytest.fixture(scope="session")
def guard() -> Guard:
    """The rules of the product alone."""
    return Guard(load_policy())
