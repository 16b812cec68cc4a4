"""Names to expect reach the recognisers that take them, and yield to what the tenant wrote."""

from typing import Any

import pytest

from providers.contracts import STTOptions
from providers.pipecat_hints import MOST, hint_fields
from providers.pipecat_services import PipecatSTT
from providers.spec import Slot
from tests.providers.pipecat_engines import load

pytestmark = pytest.mark.integration

NAMES = ("Daniele Ghezzi", "Anna Rossi")
KEY = {"api_key": "env:KEY"}


def settings_of(name: str, settings: dict[str, Any] | None = None) -> Any:
    engine = load(Slot.STT, name, settings, KEY)
    assert isinstance(engine, PipecatSTT)
    options = STTOptions(language="it", rate_hz=16_000, hints=NAMES)
    service: Any = engine.service(options)
    return service._settings


@pytest.mark.parametrize(
    ("name", "field", "expected"),
    [
        ("assemblyai", "keyterms_prompt", list(NAMES)),
        ("cartesia", "keyterm", list(NAMES)),
        ("openai", "prompt", "Daniele Ghezzi, Anna Rossi"),
        ("groq", "prompt", "Daniele Ghezzi, Anna Rossi"),
    ],
)
def test_a_service_is_told_the_names_to_expect(name: str, field: str, expected: object) -> None:
    assert getattr(settings_of(name), field) == expected


def test_what_the_tenant_wrote_goes_first() -> None:
    assert settings_of("groq", {"prompt": "Only this."}).prompt == "Only this."


@pytest.mark.parametrize(
    ("service", "model", "told"),
    [
        ("deepgram_stt", "", True),
        ("deepgram_stt", "nova-3-general", True),
        ("deepgram_stt", "nova-2-phonecall", False),
        ("deepgram_flux_stt", "flux-general-multi", True),
        ("gladia_stt", "", False),
        ("elevenlabs_stt", "", False),
    ],
)
def test_services_and_models_that_refuse_key_terms_are_told_none(
    service: str, model: str, told: bool
) -> None:
    assert bool(hint_fields(service, NAMES, model)) is told


def test_what_no_vendor_takes_is_left_out() -> None:
    many = [f"Name {number}" for number in range(200)]
    assert hint_fields("deepgram_stt", ["x" * 51, *many]) == {"keyterm": many[:MOST]}
    assert hint_fields("deepgram_stt", []) == {}
