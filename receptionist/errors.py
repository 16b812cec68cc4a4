"""The error tree of the product.

- ReceptionistError
  - ConfigurationError: a setting or a tenant bundle is wrong (exit code 2, HTTP 422)
  - NotFoundError: the thing asked for does not exist (HTTP 404)
  - NotAllowedError: whoever asks has not shown that he may (HTTP 403)
  - RecordingError: a recording cannot be used as a caller's turn
  - OfferError: a browser's session description cannot be answered (HTTP 422)
  - AddressError: the address to serve on cannot be used
  - StorageError: the database or the disk refuses (HTTP 503)
  - BusyError: no call can be taken now (HTTP 503)

Engines raise `providers.errors.ProviderError`; `from_provider` turns it into one of these.
"""

from collections.abc import Mapping

from providers.errors import ProviderError


class ReceptionistError(Exception):
    """Something a person should read.

    Attributes:
        code: Stable identifier for programs, such as `tenant_invalid`.
        http_status: Status of the problem document that carries it (RFC 9457).
        retryable: True when the same request may succeed later.
        exit_code: What a command ends with: 1 it failed, 2 it was asked wrongly.
    """

    code = "internal"
    http_status = 500
    retryable = False
    exit_code = 1

    @property
    def headers(self) -> Mapping[str, str]:
        """Returns what an answer over HTTP says in its headers."""
        return {}


class ConfigurationError(ReceptionistError):
    """A setting, a command line or a tenant bundle is wrong; the message says where and how."""

    code = "configuration_invalid"
    http_status = 422
    exit_code = 2


class NotFoundError(ReceptionistError):
    """The thing asked for does not exist."""

    code = "not_found"
    http_status = 404
    exit_code = 2


class NotAllowedError(ReceptionistError):
    """Whoever asks has not shown that he may: a signature, a token or an origin is wrong."""

    code = "not_allowed"
    http_status = 403


class RecordingError(ReceptionistError):
    """A sound file cannot be used as a caller's turn."""

    code = "recording_unusable"
    http_status = 422
    exit_code = 2


class OfferError(ReceptionistError):
    """A browser's session description (SDP) cannot be answered."""

    code = "offer_unusable"
    http_status = 422
    exit_code = 2


class AddressError(ReceptionistError):
    """The address to serve on is taken or not allowed."""

    code = "address_unusable"


class StorageError(ReceptionistError):
    """The database or the disk refuses."""

    code = "storage_unavailable"
    http_status = 503
    retryable = True


class BusyError(ReceptionistError):
    """No further call can be taken now.

    Attributes:
        retry_after_s: When to try again.
    """

    code = "busy"
    http_status = 503
    retryable = True

    def __init__(self, message: str, *, retry_after_s: int = 30) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> Mapping[str, str]:
        """Returns when to try again."""
        return {"Retry-After": str(self.retry_after_s)}


class EngineError(ReceptionistError):
    """An engine cannot be set up or failed."""

    code = "engine_unavailable"
    http_status = 503


def from_provider(error: ProviderError) -> EngineError:
    """Returns the product's error for an engine's."""
    converted = EngineError(str(error))
    converted.retryable = error.retryable
    return converted
