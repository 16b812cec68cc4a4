"""Digits typed on the keypad that no model, transcript, event or log ever gets.

What is typed while a tool waits for it is kept here. Everybody else is given a token, such as
`keypad-entry-1`; the one request the digits are for exchanges it for them.
"""

import re
from collections.abc import Mapping

OPERATOR_KEY = "0"
REPEAT_KEY = "*"
_TOKEN = re.compile(r"keypad[\s-]*entry[\s-]*(\d{1,4})", re.IGNORECASE)


class KeypadVault:
    """What one caller has typed in secret.

    Attributes:
        wanted: True while what is typed next is to be kept secret.
    """

    def __init__(self) -> None:
        self.wanted = False
        self._entries: list[str] = []

    def __repr__(self) -> str:
        return f"KeypadVault({len(self._entries)} entries)"

    def want(self) -> None:
        """What is typed next is secret."""
        self.wanted = True

    def take(self, keys: str) -> str:
        """Keeps `keys` and returns the token that stands for them."""
        self.wanted = False
        self._entries.append(keys)
        return f"keypad-entry-{len(self._entries)}"

    def open(self, text: object) -> str:
        """Returns the keys that the token in `text` stands for, "" when there is none."""
        match = _TOKEN.search(text) if isinstance(text, str) else None
        number = int(match[1]) if match else 0
        return self._entries[number - 1] if 1 <= number <= len(self._entries) else ""


def heard(keys: str, vault: KeypadVault, words: Mapping[str, str]) -> str:
    """Returns what keys say: a lone 0 asks for a person, as everywhere on the telephone.

    Args:
        keys: What was typed without a pause.
        vault: Keeps what is secret.
        words: What lone keys ask for, in words.
    """
    if keys in words:
        return words[keys]
    return vault.take(keys) if vault.wanted else " ".join(keys)
