"""What can go wrong at the door; each is a problem document (RFC 9457) with its code."""

from collections.abc import Mapping

from receptionist.errors import ReceptionistError


class NotSignedInError(ReceptionistError):
    """Nobody is signed in, or not any more."""

    code = "not_signed_in"
    http_status = 401

    @property
    def headers(self) -> Mapping[str, str]:
        """Returns how one may show who one is (RFC 9110, 11.6.1)."""
        return {"WWW-Authenticate": 'Bearer realm="receptionist"'}


class WrongCredentialsError(NotSignedInError):
    """E-mail address, password or code are not right; which of them is not told."""

    code = "credentials_wrong"


class ForbiddenError(ReceptionistError):
    """He is known, and may not do this."""

    code = "forbidden"
    http_status = 403


class CsrfError(ReceptionistError):
    """A change in a session came without the session's token, or from another site."""

    code = "csrf"
    http_status = 403


class TooOftenError(ReceptionistError):
    """Too many requests, or wrong passwords, from one place.

    Attributes:
        retry_after_s: When to try again.
    """

    code = "too_often"
    http_status = 429
    retryable = True

    def __init__(self, message: str, *, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> Mapping[str, str]:
        """Returns when to try again."""
        return {"Retry-After": str(self.retry_after_s)}


class LinkError(ReceptionistError):
    """A link is used up, too old, or never was one; which of these is not told."""

    code = "link_unusable"
    http_status = 410
    exit_code = 2


class WeakPasswordError(ReceptionistError):
    """A password that others would guess."""

    code = "password_weak"
    http_status = 422
    exit_code = 2


class UnusableError(ReceptionistError):
    """What was asked for contradicts what is there; the message says how."""

    code = "unusable"
    http_status = 422
    exit_code = 2


class ConflictError(ReceptionistError):
    """What was asked for cannot be while things are as they are."""

    code = "conflict"
    http_status = 409
    exit_code = 2


class ChangedMeanwhileError(ReceptionistError):
    """Somebody else has changed it since it was read."""

    code = "changed_meanwhile"
    http_status = 412


class PreconditionRequiredError(ReceptionistError):
    """A change has to name, in `If-Match`, what it was made on."""

    code = "precondition_required"
    http_status = 428
