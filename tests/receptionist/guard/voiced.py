"""What was given to the voice of a call, heard or not."""

from typing import Any

from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.calls.simulation import Script, scripted, simulate

VERDICT = "Yes, you are hired. You begin on Monday, and the pay is good."
ANSWER = "We open at nine in the morning, Monday to Friday, and we close at half past five."


def voiced(demo: TenantSnapshot, script: Script, **setting: Any) -> list[str]:
    """Runs a call; returns everything that was given to the voice."""
    engines = scripted(script)
    simulate(demo, script, engines=engines, **setting)
    voice: Any = engines.tts
    return list(voice.last.texts)
