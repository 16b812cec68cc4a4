"""Being reached through a PBX or a provider: registered, and again when that is lost."""

import asyncio
from collections.abc import Callable, Sequence

from baresip import Event, Runtime, StackEvent, UserAgent
from loguru import logger

from providers.errors import ProviderError
from providers.secrets import SecretResolver
from receptionist.errors import ConfigurationError, from_provider
from receptionist.settings import Settings
from receptionist.telephony.sip.account import Registration, SipAccount
from receptionist.telephony.sip.bindings import overheard
from receptionist.telephony.sip.contract import SipEndpoint, SipError

FIRST_PAUSE_S = 5.0
ANSWERED_S = 10.0
"""A registrar has answered by then, its name and a password asked for included."""
_SHOWN = 500
LONGEST_PAUSE_S = 300.0
"""A registrar locks out who comes back too often with a wrong password."""


def account_of(settings: Settings, secret: SecretResolver) -> SipAccount | None:
    """Returns the account the settings name; None without one.

    Raises:
        ReceptionistError: part of it is missing, or the password is not where it should be.
    """
    if not settings.sip_registrar:
        return None
    if not settings.sip_user:
        raise ConfigurationError(
            "RECEPTIONIST_SIP_REGISTRAR is set and RECEPTIONIST_SIP_USER is not: give the name"
            " that calls are for there."
        )
    reference = settings.sip_password
    try:
        password = secret("sip", reference) if reference else ""
    except ProviderError as error:
        raise from_provider(error) from error
    return SipAccount(registrar=settings.sip_registrar, user=settings.sip_user, password=password)


async def registered(runtime: Runtime, agent: UserAgent) -> Registration:
    """Registers `agent`; the stack renews that.

    Raises:
        BaresipError: it is not registered.
    """
    async with overheard(runtime) as said:
        await agent.register(timeout=ANSWERED_S)
        beside = await said.beside()
    lost = asyncio.Event()

    def heard(event: StackEvent) -> None:
        if event.ua == agent.handle and event.event is Event.REGISTER_FAIL and not lost.is_set():
            lost.set()
            asyncio.get_running_loop().call_soon(runtime.unsubscribe, heard)

    runtime.subscribe(heard)
    return Registration(lost=lost, beside=beside)


def not_alone(account: SipAccount, beside: Sequence[str]) -> str:
    """Returns what is wrong where others are registered under the same name, and what to do."""
    return (
        f"{account!r} is registered by others too: {', '.join(beside)[:_SHOWN]}. Its calls go to"
        " any of them, or ring them all. Let one process register, or the edge for all of them;"
        " what is left there of a process that has died goes by itself within minutes. See"
        " docs/telephony.md, Registration."
    )


async def keep_registered(
    endpoint: SipEndpoint,
    account: SipAccount,
    told: Callable[[str], object] = logger.error,
    warned: Callable[[str], object] = logger.warning,
) -> None:
    """Keeps `account` registered until it is cancelled; calls of other ways go on meanwhile.

    Args:
        endpoint: Registers.
        account: Whom.
        told: What went wrong, once for each reason.
        warned: Who else has registered under the same name, once.
    """
    pause_s, before = FIRST_PAUSE_S, ""
    beside: tuple[str, ...] = ()
    while True:
        try:
            registration = await endpoint.register(account)
        except SipError as error:
            if str(error) != before:
                told(f"{error}; it is tried again")
            before = str(error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            continue
        logger.info(f"{account!r} is registered")
        pause_s, before = FIRST_PAUSE_S, ""
        if registration.beside and registration.beside != beside:
            beside = registration.beside
            warned(not_alone(account, beside))
        await registration.lost.wait()
