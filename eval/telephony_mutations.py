"""SIP packets that are almost right: every kind of request, spoiled in a few places."""

import random
import re
from collections.abc import Callable, Iterator, Sequence

from eval.telephony_phone import RawPhone
from eval.telephony_text import CRLF

METHODS = (
    *("INVITE", "INVITE", "INVITE", "OPTIONS", "REGISTER", "REFER", "INFO", "NOTIFY", "BYE", "ACK"),
    *("CANCEL", "PRACK", "UPDATE", "SUBSCRIBE", "MESSAGE", "PUBLISH"),
)
ODD_VALUES = (
    "",
    " ",
    "\0",
    "-1",
    "0",
    "4294967296",
    "99999999999999999999",
    "%s%n%d",
    "sip:",
    "<sip:>",
    "<sip:@>",
    "<>",
    "*",
    '"',
    ";;;;",
    "tel:+39",
    "sip:a@[::1",
    "sip:a@127.0.0.1:99999",
    "A" * 3000,
    "é€\u2028",
)
LONGEST = 8000


class Mutations:
    """Packets by a seed: the same seed gives the same packets, but for tags and Call-IDs."""

    def __init__(self, phone: RawPhone, seed: int) -> None:
        self._phone = phone
        self._random = random.Random(seed)
        self._ways: Sequence[Callable[[str], str]] = (
            self._byte,
            self._cut,
            self._without_line,
            self._line_twice,
            self._odd_value,
            self._odd_number,
            self._swapped,
        )

    def packets(self, count: int) -> Iterator[bytes]:
        """Yields spoiled packets, each with one to four faults."""
        for _ in range(count):
            text = self._request()
            for _ in range(self._random.randint(1, 4)):
                text = self._random.choice(self._ways)(text)
            yield text.encode("utf-8", "replace")[:LONGEST]

    def _request(self) -> str:
        method = self._random.choice(METHODS)
        text = self._phone.invitation()
        text = re.sub(r"^INVITE", method, text)
        text = re.sub(r"(CSeq: \d+) INVITE", rf"\1 {method}", text)
        extra = {
            "REFER": "Refer-To: <sip:x@127.0.0.1>\r\n",
            "NOTIFY": "Event: refer\r\nSubscription-State: active\r\n",
            "SUBSCRIBE": "Event: presence\r\n",
            "PRACK": "RAck: 1 1 INVITE\r\n",
        }.get(method, "")
        return text.replace("Content-Length:", extra + "Content-Length:", 1)

    def _byte(self, text: str) -> str:
        at = self._random.randrange(len(text) or 1)
        return text[:at] + chr(self._random.randrange(256)) + text[at + 1 :]

    def _cut(self, text: str) -> str:
        at = self._random.randrange(len(text) or 1)
        return text[:at] + text[at + self._random.randint(1, 40) :]

    def _without_line(self, text: str) -> str:
        lines = text.split(CRLF)
        del lines[self._random.randrange(len(lines))]
        return CRLF.join(lines)

    def _line_twice(self, text: str) -> str:
        lines = text.split(CRLF)
        line = self._random.choice(lines)
        lines.insert(self._random.randrange(len(lines)), line)
        return CRLF.join(lines)

    def _odd_value(self, text: str) -> str:
        lines = text.split(CRLF)
        at = self._random.randrange(len(lines))
        name = re.match(r"[^:=]*[:=]", lines[at])
        lines[at] = (name[0] if name else "") + self._random.choice(ODD_VALUES)
        return CRLF.join(lines)

    def _odd_number(self, text: str) -> str:
        found = list(re.finditer(r"\d+", text))
        if not found:
            return text
        one = self._random.choice(found)
        return text[: one.start()] + self._random.choice(ODD_VALUES[3:7]) + text[one.end() :]

    def _swapped(self, text: str) -> str:
        lines = text.split(CRLF)
        self._random.shuffle(lines)
        return CRLF.join(lines) if self._random.random() < 0.2 else text
