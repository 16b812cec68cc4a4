"""What people type, checked where it enters."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

LONGEST_ADDRESS = 254
"""What a mail server takes (RFC 5321, 4.5.3.1.3)."""

_NEVER = frozenset(' "<>(),;:\\@')


class Body(BaseModel):
    """The body of a request; what it does not name is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def normal_email(text: str) -> str:
    """Returns an e-mail address as accounts are found by it.

    Raises:
        ValueError: it is none.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    address = unicodedata.normalize("NFKC", folded).strip()
    name, _, host = address.partition("@")
    is_one = name and host and address.isprintable() and not _NEVER & set(host + name)
    if not is_one:
        raise ValueError("an e-mail address is written like anna@example.com")
    return address


def _one_line(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("a name is one line of text")
    return text.strip()


Email = Annotated[
    str,
    StringConstraints(min_length=3, max_length=LONGEST_ADDRESS),
    AfterValidator(normal_email),
    Field(examples=["anna@example.com"]),
]
OneLine = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(_one_line)]


def _text(secret: SecretStr) -> SecretStr:
    try:
        secret.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("this is no text") from None
    return secret


_Secret = Annotated[SecretStr, AfterValidator(_text)]
Password = Annotated[_Secret, Field(min_length=1, max_length=512)]
"""As it was typed; rules for new ones stand in password_rules.py."""
Token = Annotated[_Secret, Field(min_length=1, max_length=200)]
Code = Annotated[
    _Secret,
    Field(
        min_length=6,
        max_length=40,
        description="Six digits of the authenticator, or a recovery code.",
    ),
]
"""Of an authenticator, or a recovery code."""
