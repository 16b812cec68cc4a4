"""How an attempt to reach somebody ended, by what his exchange said."""

from baresip import BaresipError, CallFailed, CallTimeout

from receptionist.telephony.sip.contract import DialError, DialOutcome, SipError


def outcome_of(status: int | None) -> DialOutcome:
    """Returns how an attempt to reach somebody ended, by the SIP status (RFC 3261, 21)."""
    match status:
        case 200:
            return DialOutcome.ANSWERED
        case 486 | 600:
            return DialOutcome.BUSY
        case 603 | 403 | 433:
            return DialOutcome.DECLINED
        case 408 | 480:
            return DialOutcome.NO_ANSWER
        case 487:
            return DialOutcome.CANCELLED
        case 301 | 302 | 404 | 410 | 416 | 484 | 485 | 502 | 503 | 504 | 604:
            return DialOutcome.UNREACHABLE
        case _:
            return DialOutcome.FAILED


def dial_error(to: str, error: BaresipError | SipError) -> DialError:
    """Returns why `to` did not take a call."""
    status = error.status if isinstance(error, CallFailed) else None
    if isinstance(error, CallTimeout):
        outcome = DialOutcome.NO_ANSWER
    elif isinstance(error, CallFailed) and status is None:
        outcome = DialOutcome.UNREACHABLE
    else:
        outcome = outcome_of(status)
    return DialError(outcome, f"{to!r} was not reached: {error}", status)
