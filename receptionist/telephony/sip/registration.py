"""Being reached through a PBX or a provider: registered, and again when that is lost."""

import asyncio
from collections.abc import Callable

from baresip import Event, Runtime, StackEvent, UserAgent
from loguru import logger

from providers.errors import ProviderError
from providers.secrets import SecretResolver
from receptionist.errors import ConfigurationError, from_provider
from receptionist.settings import Settings
from receptionist.telephony.sip.account import SipAccount
from receptionist.telephony.sip.contract import SipEndpoint, SipError

FIRST_PAUSE_S = 5.0
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


async def registered(runtime: Runtime, agent: UserAgent) -> asyncio.Event:
    """Registers `agent` and returns what is set once the registrar does not renew that.

    Raises:
        BaresipError: it is not registered.
    """
    await agent.register()
    lost = asyncio.Event()

    def heard(event: StackEvent) -> None:
        if event.ua == agent.handle and event.event is Event.REGISTER_FAIL and not lost.is_set():
            lost.set()
            asyncio.get_running_loop().call_soon(runtime.unsubscribe, heard)

    runtime.subscribe(heard)
    return lost


async def keep_registered(
    endpoint: SipEndpoint,
    account: SipAccount,
    told: Callable[[str], object] = logger.error,
) -> None:
    """Keeps `account` registered until it is cancelled; calls of other ways go on meanwhile.

    Args:
        endpoint: Registers.
        account: Whom.
        told: What went wrong, once for each reason.
    """
    pause_s, before = FIRST_PAUSE_S, ""
    while True:
        try:
            lost = await endpoint.register(account)
        except SipError as error:
            if str(error) != before:
                told(f"{error}; it is tried again")
            before = str(error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            continue
        logger.info(f"{account!r} is registered")
        pause_s, before = FIRST_PAUSE_S, ""
        await lost.wait()
