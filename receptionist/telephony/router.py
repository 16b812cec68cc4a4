"""Which tenant answers a call, in which language, or why nobody does. Pure: no I/O, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from knowledge.opening import OpeningHours
from receptionist.telephony.caller import CallerIdentity, Verdict, identity
from receptionist.telephony.config import Phone
from receptionist.telephony.numbers import e164
from receptionist.telephony.passage import Passage
from receptionist.telephony.screening import is_admitted
from receptionist.tenants.snapshot import TenantSnapshot

RETRY_AFTER_S = 5
"""Calls end all the time; an exchange that tries again after so long often finds a line."""
_NOBODY = CallerIdentity()


class Arrival(Protocol):
    """What a caller's invitation says; `telephony.sip.contract.Invitation` is one."""

    @property
    def called(self) -> str:
        """User that was called: a number or a name."""
        ...

    @property
    def caller(self) -> str:
        """User of From."""
        ...

    @property
    def display(self) -> str:
        """Name shown with it."""
        ...

    @property
    def asserted(self) -> str:
        """User of P-Asserted-Identity."""
        ...

    @property
    def privacy(self) -> bool:
        """The caller wants his number withheld."""
        ...

    @property
    def verstat(self) -> str:
        """Finding about the number."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers by their names."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where one tenant can be called.

    Attributes:
        tenant: Who answers.
        country: ISO 3166-1 code, where its national numbers are from.
        users: Names that are called, in lower case.
        numbers: Language of the calls to a number (E.164, an extension) or name; None is the
            tenant's own choice.
        phone: Who is answered.
        hours: When it is open.
    """

    tenant: str
    country: str
    users: frozenset[str]
    numbers: Mapping[str, str | None]
    phone: Phone
    hours: OpeningHours

    def owns(self, number: str) -> bool:
        """Returns whether `number` rings here."""
        return bool(number) and number in self.numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A call that is answered.

    Attributes:
        tenant: Who answers.
        called: What was called, as the tenant knows it.
        caller: Who calls.
        language: Language of the number; None is the tenant's own choice.
    """

    tenant: str
    called: str
    caller: CallerIdentity
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A call that is not answered.

    Attributes:
        sip_code: Final answer.
        reason: Why, for the log: one word.
        caller: Who calls, as far as it was found out.
        tenant: Whom he called; "" when nobody is called so.
        retry_after_s: When it may be tried again.
        redirect: Number the call is to be sent on to (with 302).
        spoken: Line of `session.yaml` that the caller hears instead of a tone; "" is none.
        language: Language of the number he called; None is the tenant's own choice.
    """

    sip_code: int
    reason: str
    caller: CallerIdentity = _NOBODY
    tenant: str = ""
    retry_after_s: int | None = None
    redirect: str = ""
    spoken: str = ""
    language: str | None = None


def line_of(snapshot: TenantSnapshot) -> Line:
    """Returns where the tenant of `snapshot` can be called."""
    config = snapshot.config
    named = {
        _key(name, config.country): snapshot.language(language)
        for name, language in config.numbers.items()
    }
    users = frozenset({config.tenant, *config.phone.users})
    return Line(
        tenant=config.tenant,
        country=config.country,
        users=users,
        numbers={**dict.fromkeys(users), **named},
        phone=config.phone,
        hours=snapshot.hours,
    )


def route(
    lines: Iterable[Line],
    arrival: Arrival,
    now: datetime,
    *,
    busy: bool = False,
    any_number: bool = False,
) -> Route | Refusal:
    """Decides who answers a call.

    Args:
        lines: Of all tenants here; the first that is called so answers.
        arrival: What the caller's telephone said.
        now: Any aware time.
        busy: No further call can be taken.
        any_number: A number that none of them names rings at the first of them.
    """
    all_lines = tuple(lines)
    found = _line(all_lines, arrival.called)
    if found is None and any_number and all_lines:
        found = all_lines[0], arrival.called.strip()
    if found is None:
        return Refusal(sip_code=404, reason="unknown_number")
    line, called = found
    caller = identity(
        caller=arrival.caller,
        display=arrival.display,
        asserted=arrival.asserted,
        privacy=arrival.privacy,
        verstat=arrival.verstat,
        country=line.country,
    )
    passage = Passage.read(arrival.headers)
    refusal = (
        _looping(line, called, caller, passage)
        or _unwanted(line, caller)
        or _shut(line, caller, now)
        or (_overloaded(line, called, caller) if busy else None)
    )
    return refusal or Route(
        tenant=line.tenant, called=called, caller=caller, language=line.numbers.get(called)
    )


def _line(lines: Sequence[Line], called: str) -> tuple[Line, str] | None:
    """Returns the line that is called so, and what it calls that."""
    user = called.strip().lower()
    for line in lines:
        for known in (user, _key(user, line.country), _key(f"+{user}", line.country)):
            if known and known in line.numbers:
                return line, known
    return None


def _key(name: str, country: str) -> str:
    return e164(name, country) or name.strip().lower()


def _looping(line: Line, called: str, caller: CallerIdentity, passage: Passage) -> Refusal | None:
    """Stops calls that come back: from a number of ours, or by way of too many others."""
    if passage.hops_left is not None and passage.hops_left <= 0:
        return _refused(line, caller, 483, "too_many_hops")
    came_by = [e164(number, line.country) or number.lower() for number in passage.diverted_by]
    # The last one that sent the call on may be the number that was called: so says History-Info.
    again = came_by.count(called) > 1 or passage.ours
    if again or line.owns(caller.number) or passage.too_many:
        return _refused(line, caller, 482, "loop")
    return None


def _unwanted(line: Line, caller: CallerIdentity) -> Refusal | None:
    phone = line.phone
    if caller.withheld and phone.anonymous == "refuse":
        return _refused(line, caller, 433, "anonymous")
    if caller.verdict is Verdict.FAILED and phone.unverified == "refuse":
        return _refused(line, caller, 403, "unverified")
    if not is_admitted(caller, phone, line.country):
        return _refused(line, caller, 603, "blocked")
    return None


def _shut(line: Line, caller: CallerIdentity, now: datetime) -> Refusal | None:
    if line.phone.closed == "refuse" and not line.hours.is_open(now):
        return _refused(line, caller, 480, "closed")
    return None


def _overloaded(line: Line, called: str, caller: CallerIdentity) -> Refusal:
    if line.phone.overflow:
        return Refusal(
            sip_code=302,
            reason="busy",
            caller=caller,
            tenant=line.tenant,
            redirect=e164(line.phone.overflow, line.country),
        )
    return Refusal(
        sip_code=503,
        reason="busy",
        caller=caller,
        tenant=line.tenant,
        retry_after_s=RETRY_AFTER_S,
        spoken="busy" if line.phone.busy == "message" else "",
        language=line.numbers.get(called),
    )


def _refused(line: Line, caller: CallerIdentity, sip_code: int, reason: str) -> Refusal:
    return Refusal(sip_code=sip_code, reason=reason, caller=caller, tenant=line.tenant)
