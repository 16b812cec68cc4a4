"""Names to expect, put where a recogniser that pipecat ships takes them.

Only services whose key terms or prompt cost nothing extra and change nothing else are given names;
for the others a tenant writes the vendor's own setting.
"""

from collections.abc import Sequence
from typing import Any

MOST = 50
"""Vendors take a hundred key terms and more; the more there are, the more is misheard as one."""
_MOST_LETTERS = 50
"""A longer key term is refused, by one vendor with the whole connection."""

_KEY_TERMS = {
    "assemblyai_stt": "keyterms_prompt",
    "cartesia_stt": "keyterm",
    "cartesia_turns_stt": "keyterm",
    "deepgram_flux_stt": "keyterm",
    "deepgram_stt": "keyterm",
}
_PROMPTS = {"groq_stt", "openai_stt"}
_DEEPGRAM_WITH_KEY_TERMS = ("nova-3", "flux")
"""Older models of Deepgram refuse a connection with key terms."""


def hint_fields(service: str, hints: Sequence[str], model: str = "") -> dict[str, Any]:
    """Returns the fields of the `Settings` of `service` that make it expect `hints`.

    Args:
        service: As pipecat lists it: `deepgram_stt`.
        hints: Names, in the order they matter.
        model: Of the service; "" is its usual one.
    """
    names = [hint for hint in hints if len(hint) <= _MOST_LETTERS][:MOST]
    if not names:
        return {}
    if service in _PROMPTS:
        return {"prompt": ", ".join(names)}
    if service.startswith("deepgram") and not (model or "nova-3").startswith(
        _DEEPGRAM_WITH_KEY_TERMS
    ):
        return {}
    return {_KEY_TERMS[service]: names} if service in _KEY_TERMS else {}
