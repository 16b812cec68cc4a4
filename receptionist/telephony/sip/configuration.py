"""How the baresip stack is set up."""

from typing import Literal

from baresip import Account, Config

from receptionist.telephony.sip.account import SipAccount
from receptionist.telephony.sip.contract import EndpointOptions
from receptionist.telephony.sip.headers import LOOKED_AT

USER = "receptionist"
CODECS = ("g722/16000/1", "pcma", "pcmu")
RTP_TIMEOUT_S = 20
"""A caller without a packet for so long is gone; who is on hold is not counted."""
MOST_CALLS = 250
"""The stack has 256 slots for audio."""
SPARE_LINES = 16
"""Once only so many are left, calls that nobody confirms make room: whoever finds none at all is
refused by the stack itself."""
REGISTERED_S = 300
"""A registrar that was started again knows us after so long; a provider may want it sooner."""


def lines_of(options: EndpointOptions) -> int:
    """Returns how many calls the stack holds at most."""
    return min(options.max_calls, MOST_CALLS)


def spare_of(options: EndpointOptions) -> int:
    """Returns how many lines calls that nobody confirms leave to others."""
    return max(1, min(SPARE_LINES, lines_of(options) // 8))


def config_of(options: EndpointOptions) -> Config:
    """Returns the configuration of a stack."""
    listening = options.listening
    least, most = options.jitter_ms
    text = (
        f"sip_listen {listening.address}\n"
        # With TLS it takes the next port too, which is that of another worker.
        "sip_transports udp,tcp\n"
        f"rtp_ports {listening.rtp_first}-{listening.rtp_last}\n"
        # The default waits a fixed 100 ms.
        f"audio_jitter_buffer_type adaptive\naudio_jitter_buffer_ms {least}-{most}\n"
        # A second call would put the first on hold.
        "call_hold_other_calls no\n"
    )
    return Config(
        net_interface=None if listening.host in ("0.0.0.0", "::") else listening.host,
        max_concurrent_calls=lines_of(options),
        expose_headers=LOOKED_AT,
        rtp_timeout=RTP_TIMEOUT_S,
        extra_config_text=text,
    )


def account_of(options: EndpointOptions, transport: Literal["udp", "tcp"]) -> Account:
    """Returns who takes the calls that come by one transport, whomever they are for."""
    through = f"{options.outbound};transport=udp" if options.outbound else None
    return Account(
        USER,
        options.listening.address,
        "",
        reg_interval=0,
        transport=transport,
        audio_codecs=CODECS,
        registrar=through if transport == "udp" else None,
        # With video, which nobody offers, each call is renegotiated right after its answer.
        extra_params=("video_codecs=none", "catchall=yes", "100rel=yes"),
    )


def registered_account(account: SipAccount) -> Account:
    """Returns who is reached through a registrar."""
    return Account(
        account.user,
        account.registrar,
        account.password,
        reg_interval=REGISTERED_S,
        audio_codecs=CODECS,
        extra_params=("video_codecs=none", "100rel=yes"),
    )
