"""What a caller says in the tests of the gates."""

import pytest

from eval.speech import CallerVoices
from tests.receptionist.calls.simulation import RATE_HZ


@pytest.fixture(scope="session")
def question(voices: CallerVoices) -> bytes:
    """Speech of a caller; what is understood of it is the script's."""
    return voices.say("hibari:default", "What time do you open on Saturday?", rate_hz=RATE_HZ)
