"""Encrypts what the database keeps and has to be read back."""

import base64
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from receptionist.errors import ConfigurationError, StorageError

KEY_FILE = "installation.key"
_KEY_BYTES = 32
_NONCE_BYTES = 12
SECRET_CHARACTERS = 32
"""Fewer could be tried out."""


class SecretBox:
    """Encrypts with AES-256-GCM; what was made for one owner opens for nobody else.

    Args:
        read_key: Returns 32 bytes; called when the first secret is there, and once.
    """

    def __init__(self, read_key: Callable[[], bytes]) -> None:
        self._read_key = read_key

    def __repr__(self) -> str:
        return "SecretBox()"

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self._read_key())

    def close(self, secret: bytes, owner: str) -> str:
        """Returns `secret` encrypted."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, secret, owner.encode())
        return base64.b64encode(sealed).decode()

    def open(self, sealed: str, owner: str) -> bytes:
        """Returns what was encrypted.

        Raises:
            StorageError: it was encrypted with another key, or for somebody else.
        """
        cipher = self._cipher
        try:
            data = base64.b64decode(sealed, validate=True)
            return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], owner.encode())
        except (InvalidTag, ValueError) as error:
            fault = StorageError(
                "A secret in the database cannot be read: it was written with another key. Put"
                f" {KEY_FILE!r}, or what RECEPTIONIST_SECRET_KEY refers to, back as it was."
            )
            fault.retryable = False
            raise fault from error


def box_of(secret: str) -> SecretBox:
    """Returns the box of a secret an operator has set.

    Raises:
        ConfigurationError: it is too short.
    """
    if len(secret) < SECRET_CHARACTERS:
        raise ConfigurationError(
            f"What RECEPTIONIST_SECRET_KEY refers to has fewer than {SECRET_CHARACTERS} characters."
            " Make one with: openssl rand -hex 32"
        )
    key = sha256(secret.encode()).digest()
    return SecretBox(lambda: key)


def box_in(folder: Path) -> SecretBox:
    """Returns the box of the key that lies in `folder`; it is made for the first secret."""
    return SecretBox(lambda: _key_in(folder.expanduser() / KEY_FILE))


def _key_in(file: Path) -> bytes:
    """Returns the key in a file.

    Raises:
        StorageError: it cannot be read or written.
    """
    try:
        key = file.read_bytes() if file.exists() else _made(file)
    except OSError as error:
        raise StorageError(f"{str(file)!r} cannot be used: {error.strerror}.") from error
    if len(key) != _KEY_BYTES:
        fault = StorageError(f"{str(file)!r} is no key; put it back from the backup.")
        fault.retryable = False
        raise fault
    return key


def _made(file: Path) -> bytes:
    """Writes a new key; the one of a process that was faster stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as target:
            target.write(os.urandom(_KEY_BYTES))
            target.flush()
            os.fsync(target.fileno())
        # A link is made whole or not at all, and never over a file that is there.
        with suppress(FileExistsError):
            os.link(partial, file)
    finally:
        partial.unlink()
    return file.read_bytes()
