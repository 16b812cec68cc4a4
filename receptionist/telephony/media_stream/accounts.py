"""The operator's accounts with carriers, as the setting `carriers` says them."""

import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx2
import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from providers.errors import ProviderError
from receptionist.errors import ConfigurationError
from receptionist.telephony.media_stream.api import CarrierApi
from receptionist.telephony.media_stream.contract import Carrier
from receptionist.telephony.media_stream.exotel import Exotel
from receptionist.telephony.media_stream.genesys import Genesys
from receptionist.telephony.media_stream.plivo import Plivo
from receptionist.telephony.media_stream.telnyx import Telnyx
from receptionist.telephony.media_stream.twilio import Twilio
from receptionist.telephony.media_stream.vonage import Vonage

Secret = Callable[[str, str], str]
"""Looks up the secret of a carrier by its reference."""
Text = Annotated[str, Field(min_length=1, max_length=500)]
JWT_S = 300

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class _Account(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    caller_id: Annotated[str, Field(pattern=r"^(\+[0-9]{6,15})?$")] = ""
    """The number shown to people callers are put through to; empty is the carrier's choice."""


class TwilioAccount(_Account):
    """`auth_token` is a reference to a secret."""

    account_sid: Annotated[str, Field(pattern=r"^AC[0-9a-fA-F]{32}$")]
    auth_token: Text
    api_url: str = "https://api.twilio.com"


class TelnyxAccount(_Account):
    """`api_key` is a reference; `public_key` is that of the account, in base64."""

    api_key: Text
    public_key: Text
    api_url: str = "https://api.telnyx.com"


class PlivoAccount(_Account):
    """`auth_token` is a reference to a secret."""

    auth_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{20}$")]
    auth_token: Text
    api_url: str = "https://api.plivo.com"


class VonageAccount(_Account):
    """`private_key` (PEM) and `signature_secret` are references to secrets."""

    application_id: Text
    private_key: Text
    signature_secret: Text
    api_url: str = "https://api.nexmo.com"


class ExotelAccount(_Account):
    """Name and password in the address given to the applet; `password` is a reference."""

    user: Annotated[str, Field(pattern=r"^[^:]{1,100}$")]
    password: Text


class GenesysAccount(_Account):
    """Of the Audio Connector; `client_secret` (base64) is a reference to a secret."""

    api_key: Text
    client_secret: Text


class Accounts(BaseModel):
    """Every carrier there is an account with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    twilio: TwilioAccount | None = None
    telnyx: TelnyxAccount | None = None
    plivo: PlivoAccount | None = None
    vonage: VonageAccount | None = None
    exotel: ExotelAccount | None = None
    genesys: GenesysAccount | None = None


def carriers_of(
    setting: Mapping[str, Mapping[str, str]],
    public_url: str,
    secret: Secret,
    client: httpx2.AsyncClient,
) -> Mapping[str, Carrier]:
    """Returns the carriers the operator has an account with, by name.

    Args:
        setting: `RECEPTIONIST_CARRIERS`.
        public_url: Where carriers reach this process.
        secret: Looks secrets up.
        client: For requests to their APIs.

    Raises:
        ConfigurationError: the setting is wrong, or a secret is missing.
    """
    if not setting:
        return {}
    _check(public_url)
    try:
        accounts = Accounts.model_validate(setting)
        made = list(_made(accounts, secret, client))
    except ValidationError as error:
        # What was written is not repeated: somebody may have written the secret itself.
        wrong = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        )
        raise ConfigurationError(f"RECEPTIONIST_CARRIERS: {wrong}.") from None
    except (ProviderError, ValueError, jwt.PyJWTError) as error:
        raise ConfigurationError(f"RECEPTIONIST_CARRIERS: {error}") from None
    return {carrier.name: carrier for carrier in made}


def _check(public_url: str) -> None:
    parts = urlsplit(public_url)
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not (secure and parts.hostname) or parts.query or parts.fragment:
        raise ConfigurationError(
            "Carriers need RECEPTIONIST_PUBLIC_URL: the https address at which they reach this"
            f" process, such as https://calls.example.com; it is {public_url!r}."
        )


def _made(accounts: Accounts, secret: Secret, client: httpx2.AsyncClient) -> list[Carrier]:
    carriers: list[Carrier] = []
    if of := accounts.twilio:
        token = secret("twilio", of.auth_token)
        api = CarrierApi(client, of.api_url, auth=(of.account_sid, token))
        carriers.append(Twilio(api, of.account_sid, token, of.caller_id))
    if of := accounts.telnyx:
        key = secret("telnyx", of.api_key)
        api = CarrierApi(client, of.api_url, headers=lambda: {"Authorization": f"Bearer {key}"})
        carriers.append(Telnyx(api, of.public_key, of.caller_id))
    if of := accounts.plivo:
        token = secret("plivo", of.auth_token)
        api = CarrierApi(client, of.api_url, auth=(of.auth_id, token))
        carriers.append(Plivo(api, of.auth_id, token, of.caller_id))
    if of := accounts.vonage:
        private = secret("vonage", of.private_key)
        headers = _vonage_headers(of.application_id, private)
        api = CarrierApi(client, of.api_url, headers=headers)
        carriers.append(Vonage(api, secret("vonage", of.signature_secret), of.caller_id))
    without_api = CarrierApi(client, "")
    if of := accounts.exotel:
        carriers.append(Exotel(without_api, of.user, secret("exotel", of.password)))
    if of := accounts.genesys:
        carriers.append(Genesys(without_api, of.api_key, secret("genesys", of.client_secret)))
    return carriers


def _vonage_headers(application_id: str, private_key: str) -> Callable[[], Mapping[str, str]]:
    """Returns what makes the token of a request (JWT, RS256)."""

    def headers() -> Mapping[str, str]:
        now_s = int(time.time())
        claims: dict[str, Any] = {
            "application_id": application_id,
            "iat": now_s,
            "exp": now_s + JWT_S,
            "jti": str(time.time_ns()),
        }
        return {"Authorization": f"Bearer {jwt.encode(claims, private_key, algorithm='RS256')}"}

    headers()  # a key that cannot sign is told at the start
    return headers
