"""The process is reached through a PBX that asks for a password."""

import asyncio

import pytest

from providers.secrets import SecretResolver
from receptionist.errors import ReceptionistError
from receptionist.settings import Settings
from receptionist.telephony.sip.account import SipAccount
from receptionist.telephony.sip.contract import SipError
from receptionist.telephony.sip.endpoint import BaresipEndpoint
from receptionist.telephony.sip.registration import account_of, keep_registered
from tests.receptionist.telephony.sip.on_the_line import invited, until
from tests.receptionist.telephony.sip.registrar import Registrar, registering
from tests.receptionist.telephony.sip.wire import SDP, Dialog, wired

pytestmark = pytest.mark.integration


def account(registrar: Registrar, password: str = "sesame") -> SipAccount:
    return SipAccount(registrar=f"127.0.0.1:{registrar.port}", user="reception", password=password)


async def test_whoever_calls_the_registered_name_reaches_this_process(
    endpoint: BaresipEndpoint,
) -> None:
    async with (
        registering(Registrar()) as registrar,
        wired(endpoint.options.listening.port) as wire,
    ):
        await endpoint.register(account(registrar))
        contact = await asyncio.wait_for(registrar.contacts.get(), 5)
        dialog = Dialog(wire=wire, user="reception")
        first, _, rest = dialog.request("INVITE", SDP).partition("\r\n")
        assert first.startswith("INVITE ")
        wire.send(f"INVITE {contact} SIP/2.0\r\n{rest}")
        call = await invited(endpoint)
        assert call.inbound.called == "reception"
        await call.reject(486)
        assert (await wire.final()).status == 486


async def test_a_wrong_password_is_told_and_never_shown(endpoint: BaresipEndpoint) -> None:
    async with registering(Registrar()) as registrar:
        with pytest.raises(SipError, match="is not registered: 401") as error:
            await endpoint.register(account(registrar, "open barley"))
    assert "barley" not in str(error.value)
    assert registrar.contacts.empty()


async def test_a_refusal_is_told_once_and_it_is_tried_again(
    endpoint: BaresipEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    async with registering(Registrar(refuses=503)) as registrar:
        monkeypatch.setattr("receptionist.telephony.sip.registration.FIRST_PAUSE_S", 0.05)
        kept = asyncio.create_task(keep_registered(endpoint, account(registrar), told.append))
        await until(lambda: registrar.asked >= 3)
        assert len(told) == 1
        assert "503" in told[0]
        registrar.refuses = 0
        await asyncio.wait_for(registrar.contacts.get(), 5)
        kept.cancel()


async def test_it_is_renewed_in_time_and_made_anew_when_it_is_lost(
    endpoint: BaresipEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("receptionist.telephony.sip.registration.FIRST_PAUSE_S", 0.2)
    async with registering(Registrar(expires_s=2)) as registrar:
        kept = asyncio.create_task(keep_registered(endpoint, account(registrar), told.append))
        for _ in range(2):
            await asyncio.wait_for(registrar.contacts.get(), 5)
        assert told == []
        registrar.refuses = 500
        await until(lambda: bool(told))
        registrar.refuses = 0
        while not registrar.contacts.empty():
            registrar.contacts.get_nowait()
        await asyncio.wait_for(registrar.contacts.get(), 5)
        kept.cancel()


async def test_whoever_else_has_registered_is_named_once_with_what_to_do(
    endpoint: BaresipEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("receptionist.telephony.sip.registration.FIRST_PAUSE_S", 0.05)
    told: list[str] = []
    warned: list[str] = []
    other = '"Second" <sip:reception@10.0.0.9:5060>;expires=77'
    async with registering(Registrar(expires_s=2, beside=other)) as registrar:
        kept = asyncio.create_task(
            keep_registered(endpoint, account(registrar), told.append, warned.append)
        )
        await until(lambda: bool(warned))
        registrar.refuses = 500  # it is lost, and registered anew
        await until(lambda: bool(told))
        registrar.refuses = 0
        while not registrar.contacts.empty():
            registrar.contacts.get_nowait()
        await asyncio.wait_for(registrar.contacts.get(), 5)
        await until(lambda: registrar.contacts.qsize() > 0)  # and renewed
        kept.cancel()
    (said,) = warned
    assert "sip:reception@10.0.0.9:5060" in said
    assert "Let one process register, or the edge" in said
    assert "sesame" not in said


async def test_what_this_process_has_registered_before_is_nobody_else(
    endpoint: BaresipEndpoint,
) -> None:
    ours = f"<sip:reception-1@{endpoint.options.listening.address}>;expires=20"
    async with registering(Registrar(beside=ours)) as registrar:
        registration = await endpoint.register(account(registrar))
        assert registration.beside == ()
        assert not registration.lost.is_set()
        registrar.beside = "<sip:reception@127.0.0.1:9>, <sip:[::1]:7>"
        registration = await endpoint.register(account(registrar))
        assert registration.beside == ("sip:reception@127.0.0.1:9", "sip:[::1]:7")


def settings(**given: str) -> Settings:
    return Settings.model_validate(given)


def test_the_password_is_a_reference() -> None:
    secret = SecretResolver({"PBX": "sesame"})
    named = settings(sip_registrar="pbx.local", sip_user="42", sip_password="env:PBX")
    assert account_of(named, secret) == SipAccount(
        registrar="pbx.local", user="42", password="sesame"
    )
    assert account_of(settings(), secret) is None
    assert "sesame" not in repr(account_of(named, secret))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "RECEPTIONIST_SIP_USER"),
        ({"sip_user": "42", "sip_password": "sesame"}, "env:NAME"),
        ({"sip_user": "42", "sip_password": "env:NONE"}, "'NONE' is not set"),
    ],
)
def test_half_an_account_is_refused_with_what_to_do(given: dict[str, str], says: str) -> None:
    with pytest.raises(ReceptionistError, match=says):
        account_of(settings(sip_registrar="pbx.local", **given), SecretResolver({}))
