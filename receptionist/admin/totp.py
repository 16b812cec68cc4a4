"""Codes that change every thirty seconds (TOTP, RFC 6238, over HOTP, RFC 4226)."""

import base64
import hmac
import secrets
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_S = 30
DIGITS = 6
SKEW_STEPS = 1
"""A clock that is half a minute off, or a code typed as it changes (RFC 6238, 5.2)."""
SECRET_BYTES = 20
"""As long as SHA-1's result (RFC 4226, 4); authenticators know no other hash."""
_ISSUER = "Receptionist"


def new_secret() -> bytes:
    """Returns a secret to share with somebody's authenticator."""
    return secrets.token_bytes(SECRET_BYTES)


def step_at(at: datetime) -> int:
    """Returns the number of the time step `at` lies in."""
    return int(at.timestamp()) // STEP_S


def code_of(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """Returns the code of a time step (RFC 4226, 5.3)."""
    mac = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    offset = mac[-1] & 0xF
    (number,) = struct.unpack(">I", mac[offset : offset + 4])
    return str((number & 0x7FFF_FFFF) % 10**digits).zfill(digits)


def matching_step(secret: bytes, code: str, at: datetime, used_step: int) -> int | None:
    """Returns the time step `code` is of; None when it is wrong, too old or used.

    Args:
        secret: Shared with the authenticator.
        code: As it was typed; blanks do not matter.
        at: When.
        used_step: Of the last code that was taken; none up to it is taken again.
    """
    typed, now = "".join(code.split()).encode(), step_at(at)
    found: int | None = None
    for step in range(now - SKEW_STEPS, now + SKEW_STEPS + 1):
        if hmac.compare_digest(code_of(secret, max(step, 0)).encode(), typed) and step > used_step:
            found = step
    return found


def shown(secret: bytes) -> str:
    """Returns a secret as one types it into an authenticator."""
    return base64.b32encode(secret).decode().rstrip("=")


def address_of(secret: bytes, email: str) -> str:
    """Returns the address an authenticator reads from a QR code."""
    query = urlencode({"secret": shown(secret), "issuer": _ISSUER})
    return f"otpauth://totp/{quote(f'{_ISSUER}:{email}', safe=':@')}?{query}"
