"""What an INVITE says about who calls whom. Pure, and bears any text.

Callers write these headers: nothing here is believed, only read.
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from receptionist.telephony.sip.contract import Invitation

CALLED, SOURCE, VERSTAT, PEER = "X-Edge-Called", "X-Edge-Source", "X-Edge-Verstat", "X-Edge-Peer"
"""Headers only the edge sets; it takes them out of whatever it is sent."""

OURS = "X-Receptionist-Call"
"""Header of every call made here."""

LOOKED_AT = (
    "From",
    "To",
    "Via",
    "P-Asserted-Identity",
    "Privacy",
    "Diversion",
    "History-Info",
    "Max-Forwards",
    "User-Agent",
    OURS,
    CALLED,
    SOURCE,
    VERSTAT,
    PEER,
)
"""The stack hands on sixteen at most."""

_ADDRESS = re.compile(r'^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*))\s*<([^>]*)>')
_USER = re.compile(r"^\s*(?:sips?:([^@;?>\s]*)@|tel:([^;?>\s]*))", re.IGNORECASE)
_VIA = re.compile(r"^\s*SIP\s*/\s*2\.0\s*/\s*\w+\s+([^;,\s]+)", re.IGNORECASE)
_TEXT_LIMIT = 128


def invitation(call_id: str, headers: Mapping[str, str], *, trusted: bool) -> Invitation:
    """Returns what the headers of an INVITE say.

    Args:
        call_id: Its Call-ID.
        headers: Of `LOOKED_AT` those it has.
        trusted: An edge stands in front: what only that sets counts.
    """
    given = {name.lower(): value for name, value in headers.items()}
    display, caller = address(given.get("from", ""))
    _, called = address(given.get("to", ""))
    via = _VIA.match(given.get("via", ""))
    edge = given if trusted else {}
    return Invitation(
        call_id=call_id,
        called=_clean(edge.get(CALLED.lower(), "")) or called,
        caller=caller,
        display=display,
        asserted=address(edge.get("p-asserted-identity", ""))[1],
        privacy=withheld(given.get("privacy", ""), caller),
        verstat=_clean(edge.get(VERSTAT.lower(), "")),
        headers=given,
        source=_clean(edge.get(SOURCE.lower(), "")) or (via.group(1) if via else ""),
    )


def address(value: str) -> tuple[str, str]:
    """Returns display name and user of an address (RFC 3261, 20.10); "" for what is not there."""
    value = value[:1024]
    match = _ADDRESS.match(value)
    display, uri = "", value
    if match:
        quoted, bare, uri = match.groups()
        display = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare.strip()
    found = _USER.match(uri)
    user = (found.group(1) or found.group(2) or "") if found else ""
    return _clean(display), _clean(unquote(user.partition(":")[0]))


def withheld(privacy: str, caller: str) -> bool:
    """Returns whether a caller wants to stay unknown (RFC 3323, 4.2; RFC 3261, 8.1.1.3)."""
    asked = {part.strip().lower() for part in privacy.split(";")}
    return bool(asked & {"id", "user", "header"}) or caller.lower() == "anonymous"


def _clean(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).strip()[:_TEXT_LIMIT]
