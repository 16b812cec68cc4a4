"""How a call came here: how many hops it may still take, and who has sent it on (RFC 3261, 16.3).

`Diversion` (RFC 5806) and `History-Info` (RFC 7044) name whoever sent a call on. A call we made
ourselves carries `X-Receptionist-Call`, so that one that is sent back to us is known again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

OURS = "x-receptionist-call"
"""Header, in lower case, of every call we make."""
MOST_DIVERSIONS = 5
"""A telephone is sent on to another, perhaps that to a third; more go round in circles."""
_LETTERS = 8_000
"""Longer headers are read no further."""
_ADDRESS = re.compile(r"(?:sips?|tel):([^@;>,?\s]{1,128})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """How a call came.

    Attributes:
        hops_left: Max-Forwards; None when it was not said.
        diverted_by: Users who have sent it on.
        ours: It is a call of our own that came back.
    """

    hops_left: int | None = None
    diverted_by: tuple[str, ...] = ()
    ours: bool = False

    @property
    def too_many(self) -> bool:
        """Returns whether it was sent on too often."""
        return len(self.diverted_by) > MOST_DIVERSIONS

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> "Passage":
        """Returns what `headers` say, whatever is wrong with them; it never raises."""
        said = {name.lower(): value[:_LETTERS] for name, value in headers.items()}
        hops = said.get("max-forwards", "").strip()
        diverted = _users(said.get("diversion", ""))
        # The last entry of a history is the target itself, which has sent nothing on.
        history = _users(said.get("history-info", ""))[:-1]
        return cls(
            hops_left=int(hops) if re.fullmatch(r"[0-9]{1,3}", hops) else None,
            diverted_by=max(diverted, history, key=len),
            ours=bool(said.get(OURS, "").strip()),
        )


def _users(header: str) -> tuple[str, ...]:
    return tuple(unquote(user) for user in _ADDRESS.findall(header))
