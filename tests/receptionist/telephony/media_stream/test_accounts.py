from collections.abc import Mapping

import httpx2
import pytest

from providers.secrets import SecretResolver
from receptionist.errors import ConfigurationError
from receptionist.telephony.media_stream.accounts import carriers_of
from tests.receptionist.telephony.media_stream.carrier_peers import (
    PEERS,
    TOKEN,
    GenesysPeer,
    VonagePeer,
)

pytestmark = pytest.mark.unit

URL = "https://calls.example.com"
CLIENT = httpx2.AsyncClient()
SECRETS = SecretResolver(
    {
        "CARRIER_TOKEN": TOKEN,
        "CARRIER_PEM": VonagePeer.pem,
        "CARRIER_SECRET": GenesysPeer.client_secret,
    }
)
TWILIO = {"account_sid": "AC" + "0" * 32, "auth_token": "env:CARRIER_TOKEN"}


def test_without_accounts_there_are_no_carriers_and_no_address_is_needed() -> None:
    assert carriers_of({}, "", SECRETS, CLIENT) == {}


def test_every_carrier_is_made_of_its_account() -> None:
    accounts = {kind.name: kind(URL).account("https://api.example.com") for kind in PEERS}
    made = carriers_of(accounts, URL, SECRETS, CLIENT)
    assert set(made) == set(accounts)
    assert all(carrier.name == name for name, carrier in made.items())


@pytest.mark.parametrize(
    ("accounts", "named"),
    [
        ({"acme": {}}, "acme"),
        ({"twilio": {}}, "twilio.account_sid"),
        ({"twilio": {**TWILIO, "more": "x"}}, "twilio.more"),
        ({"twilio": {**TWILIO, "account_sid": "AC../x"}}, "twilio.account_sid"),
        ({"twilio": {**TWILIO, "auth_token": "env:MISSING"}}, "MISSING"),
        ({"twilio": {**TWILIO, "caller_id": "01632"}}, "twilio.caller_id"),
        ({"telnyx": {"api_key": "env:CARRIER_TOKEN", "public_key": "short"}}, "CARRIERS"),
        ({"genesys": {"api_key": "k", "client_secret": "env:CARRIER_TOKEN"}}, "CARRIERS"),
        (
            {
                "vonage": {
                    "application_id": "a",
                    "private_key": "env:CARRIER_TOKEN",
                    "signature_secret": "env:CARRIER_TOKEN",
                }
            },
            "CARRIERS",
        ),
    ],
)
def test_an_account_that_cannot_be_used_is_told_at_the_start(
    accounts: Mapping[str, Mapping[str, str]], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named):
        carriers_of(accounts, URL, SECRETS, CLIENT)


def test_a_secret_that_was_written_itself_is_not_repeated() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        carriers_of({"twilio": {**TWILIO, "auth_token": "hunter2"}}, URL, SECRETS, CLIENT)
    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["", "calls.example.com", "http://calls.example.com", "https://x.example/?a=1", "https:"]
)
def test_carriers_need_a_safe_address(url: str) -> None:
    with pytest.raises(ConfigurationError, match="RECEPTIONIST_PUBLIC_URL"):
        carriers_of({"twilio": TWILIO}, url, SECRETS, CLIENT)
