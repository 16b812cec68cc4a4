"""Secrets that are shown once and kept as their SHA-256.

A slow hash is for what people choose. These have 256 bits (recovery codes 80): nobody tries them
out.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import uuid4

KEY_PREFIX = "rk"
RECOVERY_CODES = 10
_RECOVERY_BYTES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyParts:
    """What a key consists of: the id it is found by, and its secret."""

    id: str
    secret: str


def new_id() -> str:
    """Returns an id nobody else has."""
    return uuid4().hex


def new_token() -> str:
    """Returns a secret that fits into an address and a header."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Returns what is kept of a secret."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_secret(token: str, kept: str) -> bool:
    """Returns True when `kept` was made from `token`; it takes as long when it was not."""
    return hmac.compare_digest(digest(token), kept)


def csrf_of(session_token: str) -> str:
    """Returns the token that proves a change was made by a page of the session.

    Whoever reads it learns nothing about the session's own.
    """
    return hmac.digest(session_token.encode(), b"csrf", "sha256").hex()


def is_csrf(given: str, session_token: str) -> bool:
    """Returns True when `given` is the token of this session."""
    return hmac.compare_digest(given.encode(), csrf_of(session_token).encode())


def new_key() -> KeyParts:
    """Returns the parts of a new key."""
    return KeyParts(id=secrets.token_hex(8), secret=new_token())


def written(key: KeyParts) -> str:
    """Returns a key as programs send it."""
    return f"{KEY_PREFIX}_{key.id}_{key.secret}"


def read_key(text: str) -> KeyParts | None:
    """Returns the parts of a key; None when `text` is none."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != KEY_PREFIX or not key_id or not secret:
        return None
    return KeyParts(id=key_id, secret=secret)


def new_recovery_codes() -> tuple[str, ...]:
    """Returns codes in groups of four letters, as one writes them down."""
    return tuple(_grouped(secrets.token_bytes(_RECOVERY_BYTES)) for _ in range(RECOVERY_CODES))


def recovery_digest(account_id: str, code: str) -> str:
    """Returns what is kept of a code, however it was typed."""
    bare = "".join(sign for sign in code if sign.isalnum()).upper()
    return digest(f"{account_id} {bare}")


def _grouped(value: bytes) -> str:
    letters = base64.b32encode(value).decode()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))
