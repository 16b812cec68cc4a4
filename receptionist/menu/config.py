"""The keypad menu as a tenant writes it in `phone.yaml`."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

MESSAGE = "message"
"""Stands for leaving one's number, beside the ids of departments and people."""
MESSAGE_KEY = "9"
"""Where it is when a tenant has written no menu."""
_TAKEN: Mapping[str, str] = {
    "0": "asks for a person on every call",
    "*": "repeats on every call",
    "#": "ends what is typed",
}


def _free(key: str) -> str:
    if key in _TAKEN:
        raise ValueError(f"the key {key} {_TAKEN[key]}; use 1 to 9")
    if len(key) != 1 or key not in "123456789":
        raise ValueError(f"{key!r} is no key of a menu; use 1 to 9")
    return key


MenuKey = Annotated[str, AfterValidator(_free)]
"""A key that means nothing yet."""
