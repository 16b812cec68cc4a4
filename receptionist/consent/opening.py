"""What a process needs to ask callers for their consent, made once and off the loop."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from prompts.loader import load
from receptionist.audit.log import AuditLog
from receptionist.consent.call_consent import Consents
from receptionist.consent.reading import ConsentReader
from receptionist.consent.repository import ConsentRepository
from receptionist.database import Database
from receptionist.errors import ConfigurationError
from receptionist.guard.contract import Guards
from receptionist.tenants.config import TenantConfig

FOLDER = "recordings"


async def open_consents(
    config: TenantConfig, data_dir: Path, database: Database, audit: AuditLog, guards: Guards
) -> Consents | None:
    """Returns what the calls of a tenant ask and record with; None when they do not.

    Raises:
        ConfigurationError: recordings cannot be kept where they should be.
    """
    if not config.recording.ask:
        return None
    folder = data_dir / FOLDER / config.tenant
    try:
        readers = await asyncio.to_thread(_prepare, folder, config.languages)
    except OSError as error:
        raise ConfigurationError(
            f"Recordings cannot be kept in {str(folder)!r}: {error.strerror}. Name another folder"
            " in RECEPTIONIST_DATA_DIR, or set recording.ask to false."
        ) from error
    return Consents(
        keeper=ConsentRepository(database, config.tenant),
        readers=readers,
        folder=folder,
        audit=audit.put,
        policy_hash=guards.judge.policy_hash,
    )


def _prepare(folder: Path, languages: Sequence[str]) -> dict[str, ConsentReader]:
    folder.mkdir(parents=True, exist_ok=True)
    return {language: ConsentReader(load(language)) for language in languages}
