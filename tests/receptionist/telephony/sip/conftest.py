"""A SIP stack on a port of its own."""

from collections.abc import AsyncGenerator

import pytest

from receptionist.telephony.sip.contract import EndpointOptions
from receptionist.telephony.sip.endpoint import BaresipEndpoint, opened
from receptionist.telephony.sip.listening import Listening
from tests.receptionist.telephony.sip.phone import free_port


@pytest.fixture
async def endpoint() -> AsyncGenerator[BaresipEndpoint]:
    """A stack on a port of its own."""
    listening = Listening(port=free_port(), rtp_first=31000, rtp_last=31998)
    async with opened(EndpointOptions(listening=listening, max_calls=8)) as running:
        yield running
