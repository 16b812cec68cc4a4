import subprocess
import sys

import pytest
from aiortc.rtp import RtpPacket

from receptionist.telephony.webrtc import PromptPackets

pytestmark = pytest.mark.unit


def packet(number: int) -> RtpPacket:
    made = RtpPacket(sequence_number=number % (1 << 16), timestamp=number * 960)
    made._data = bytes([number % 251])  # pyright: ignore[reportAttributeAccessIssue] - set by the receiver
    return made


def test_packets_are_handed_on_at_once_in_order_across_the_wrap_and_a_gap() -> None:
    packets = PromptPackets()
    for number in (65534, 65535, 65536, 65540, 65541):
        _, frame = packets.add(packet(number))
        assert frame is not None
        assert frame.data == bytes([number % 251])


def test_late_and_repeated_packets_are_dropped() -> None:
    packets = PromptPackets()
    for number in (65530, 65537):
        packets.add(packet(number))
    assert [packets.add(packet(n))[1] for n in (65537, 65536, 65531)] == [None, None, None]


def test_stream_that_starts_again_is_followed() -> None:
    packets = PromptPackets()
    packets.add(packet(40_000))
    assert packets.add(packet(10))[1] is not None


def test_nothing_of_video_is_imported_for_a_call() -> None:
    script = "import sys; sys.modules['cv2'] = None; import receptionist.app"
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=60)
