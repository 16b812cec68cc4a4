"""Secrets by reference: `env:NAME` or `file:/path`. Values are returned, never stored or logged."""

from collections.abc import Mapping
from pathlib import Path

from providers.errors import ProviderError

_LONGEST_BYTES = 64 << 10


class SecretResolver:
    """Looks secrets up where the operator put them.

    Args:
        environment: The environment of the process.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def __repr__(self) -> str:
        return "SecretResolver()"

    def __call__(self, provider: str, reference: str) -> str:
        """Returns the secret behind `reference`, needed by `provider`.

        Raises:
            ProviderError: it is missing, empty or unreadable; `fix` says what to do.
        """
        kind, _, place = reference.partition(":")
        if kind == "env":
            return self._from_environment(provider, place)
        if kind == "file":
            return self._from_file(provider, place)
        # The reference is not quoted: somebody may have written the secret itself.
        raise ProviderError(
            "a secret is written as `env:NAME` or `file:/path`, never as its value.",
            provider=provider,
            fix="Put the secret into an environment variable and refer to it.",
        )

    def _from_environment(self, provider: str, name: str) -> str:
        value = self._environment.get(name, "").strip()
        if not value:
            raise ProviderError(
                f"the environment variable {name!r} is not set.",
                provider=provider,
                fix=f"Set {name} to the key of this provider.",
            )
        return value

    def _from_file(self, provider: str, place: str) -> str:
        try:
            with Path(place).expanduser().open(encoding="utf-8") as file:
                value = file.read(_LONGEST_BYTES).strip()
        except (OSError, ValueError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not text"
            raise ProviderError(
                f"the secret file {place!r} cannot be read: {reason}.",
                provider=provider,
                fix=f"Write the key of this provider to {place!r} and make it readable.",
            ) from None
        if not value:
            raise ProviderError(
                f"the secret file {place!r} is empty.",
                provider=provider,
                fix=f"Write the key of this provider to {place!r}.",
            )
        return value
