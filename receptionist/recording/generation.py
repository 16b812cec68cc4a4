"""The generation log: which synthesised speech was stored or handed out, and what made it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from guardrails.marking import DigitalSource
from receptionist.audit.records import AuditEntry, Kind
from receptionist.calls.events import EngineChanged
from receptionist.chains import for_language
from receptionist.tenants.config import Engines

_VOICE = "tts"


def voices_of(
    engines: Engines, languages: Iterable[str], changes: Iterable[EngineChanged] = ()
) -> Sequence[str]:
    """Returns what a call was spoken with: the voice of each language, and those that took over."""
    first = (for_language(engines.tts, language)[0].id for language in languages)
    instead = (change.instead for change in changes if change.slot == _VOICE)
    return list(dict.fromkeys([*first, *instead]))


def synthetic_audio(
    *,
    call_id: str,
    at: datetime,
    file: str,
    sha256: str,
    voices: Sequence[str],
    languages: Sequence[str],
    source: DigitalSource = DigitalSource.COMPOSITE,
) -> AuditEntry:
    """Returns the row about a marked file of sound.

    Args:
        call_id: The call it is of.
        at: When it was finished.
        file: Its name, without the folders of a machine.
        sha256: Of the whole file.
        voices: What made the speech.
        languages: Spoken in it.
        source: As the file is marked.
    """
    details = {
        "file": file,
        "sha256": sha256,
        "voices": list(voices),
        "languages": list(languages),
        "digital_source_type": source.value,
    }
    return AuditEntry(at=at, kind=Kind.SYNTHETIC_AUDIO, call_id=call_id, details=details)
