"""SIP as a part of a process that serves: what its settings ask for, opened and closed with it."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec

from providers.secrets import SecretResolver
from receptionist.callbacks.runner import CallbackRunner, Office
from receptionist.errors import AddressError
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor, new_call_id
from receptionist.telephony.sip.calls import SipCalls
from receptionist.telephony.sip.contract import EndpointOptions, SipEndpoint
from receptionist.telephony.sip.line import line_of_call
from receptionist.telephony.sip.listening import Listening, check
from receptionist.telephony.sip.outbound import SipCallbacks

LEGS_PER_CALL = 3
"""A caller, and who is rung for him: two at a time."""
_ASKED_FOR = {"sip", "sip_host", "sip_port", "sip_behind_edge"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SipService:
    """SIP of a process that runs.

    Attributes:
        uri: What a telephone dials.
        calls: Those that are answered.
        endpoint: The stack.
        callbacks: Dials callbacks; None where no number can be reached.
    """

    uri: str
    calls: SipCalls
    endpoint: SipEndpoint
    callbacks: CallbackRunner | None = None


def listening_of(settings: Settings) -> Listening:
    """Returns the address the settings name."""
    first, _, last = settings.rtp_ports.partition("-")
    return Listening(
        host=settings.sip_host,
        port=settings.sip_port,
        rtp_first=int(first),
        rtp_last=int(last),
        behind_edge=settings.sip_behind_edge,
    )


def is_possible(settings: Settings, warn: Callable[[str], None]) -> bool:
    """Returns whether SIP is wanted and can be had.

    Args:
        settings: Of the process.
        warn: Told why not, when nobody has asked for it.

    Raises:
        AddressError: somebody has asked for it, and it cannot be had.
    """
    if not settings.sip:
        return False
    try:
        if find_spec("baresip") is None:
            raise AddressError(
                "baresip-python is not installed; it has no package for this machine."
                " RECEPTIONIST_SIP=false does without."
            )
        check(listening_of(settings))
    except AddressError as error:
        if settings.model_fields_set & _ASKED_FOR:
            raise
        warn(f"No calls over SIP: {error}")
        return False
    return True


def options_of(settings: Settings) -> EndpointOptions:
    """Returns how the stack is set up."""
    return EndpointOptions(
        listening=listening_of(settings),
        # One more, so that who is too many is told so by us and not by the stack.
        max_calls=settings.max_calls * LEGS_PER_CALL + 8,
        outbound=settings.sip_outbound,
    )


def runner_of(supervisor: Supervisor, endpoint: SipEndpoint) -> CallbackRunner | None:
    """Returns what dials the tenant's callbacks; None where no number can be reached."""
    settings = supervisor.settings
    if not settings.sip_outbound:
        return None
    line = SipCallbacks(supervisor, endpoint)
    office = Office(
        snapshot=lambda: supervisor.snapshot,
        free=lambda: line.free,
        new_call_id=new_call_id,
        countries=settings.callback_countries,
    )
    return CallbackRunner(supervisor.callbacks.attempts, line, office)


@asynccontextmanager
async def answering(
    supervisor: Supervisor, *, wanted: bool = True
) -> AsyncGenerator[SipService | None]:
    """Answers SIP calls as long as the block lasts; whoever ends it has closed the supervisor.

    Yields None where it is not wanted.

    Raises:
        AddressError: the address is taken.
        SipError: the stack does not start.
    """
    if not wanted:
        yield None
        return
    # Not every machine has the stack.
    from receptionist.telephony.sip.endpoint import opened
    from receptionist.telephony.sip.registration import account_of, keep_registered

    settings = supervisor.settings
    options = options_of(settings)
    account = account_of(settings, SecretResolver(os.environ))
    async with opened(options) as endpoint, asyncio.TaskGroup() as group:
        calls = SipCalls(supervisor, endpoint, line_of_call=line_of_call(endpoint, supervisor))
        running = [group.create_task(calls.run(), name="SIP")]
        if account is not None:
            kept = keep_registered(endpoint, account)
            running.append(group.create_task(kept, name="registration"))
        runner = runner_of(supervisor, endpoint)
        if runner is not None:
            supervisor.keep_running(runner.run(), "callbacks")
        try:
            tenant = supervisor.snapshot.config.tenant
            yield SipService(
                uri=options.listening.uri(tenant), calls=calls, endpoint=endpoint, callbacks=runner
            )
        finally:
            for task in running:
                task.cancel()
