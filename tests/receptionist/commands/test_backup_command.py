"""`receptionist backup` and `restore`: what they say, and what they end with."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from receptionist.backup.manifest import ArchiveError
from receptionist.cli import app
from receptionist.database import Database
from receptionist.errors import ConfigurationError, NotFoundError
from receptionist.messages.records import MessageRecord
from receptionist.messages.repository import MessageRepository
from receptionist.tenants import DEMO
from tests.receptionist.messages.test_message_repository import a_message

pytestmark = pytest.mark.integration


async def _keep(folder: Path) -> None:
    async with await Database.open("", folder) as database:
        await MessageRepository(database, "garden").save(a_message())


async def _kept(folder: Path) -> list[MessageRecord]:
    async with await Database.open("", folder) as database:
        return list(await MessageRepository(database, "garden").latest(9))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder in which something is kept."""
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(tmp_path / "data"))
    asyncio.run(_keep(tmp_path / "data"))
    return tmp_path


def said(*arguments: str) -> tuple[str, str]:
    """Returns what a command has printed, and said on standard error."""
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None:
        raise result.exception
    return result.stdout, result.stderr


def test_what_was_copied_is_restored_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, progress = said("backup", str(folder / "b.zip"))
    assert told.startswith("1 rows of ")
    assert f"receptionist.db is copied to {folder / 'b.zip'}" in told
    assert progress == "message: 1 of 1 rows copied\n"
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(folder / "new"))
    told, progress = said("restore", str(folder / "b.zip"))
    assert f"receptionist.db was restored from {folder / 'b.zip'}" in told
    assert progress == "message: 1 of 1 rows restored\n"
    assert asyncio.run(_kept(folder / "new")) == [a_message()]


def test_programs_are_told_as_json_what_is_in_it(folder: Path) -> None:
    told = json.loads(said("backup", str(folder / "b.zip"), "--json")[0])
    assert (told["rows"], told["tables"]["message"], told["bundle"]) == (1, 1, False)
    again = json.loads(said("restore", str(folder / "b.zip"), "--replace", "--json")[0])
    assert again == told


def test_the_folder_of_the_tenant_is_put_where_that_is_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECEPTIONIST_TENANT_DIR", str(DEMO))
    assert "and the tenant's folder" in said("backup", str(folder / "b.zip"))[0]
    said("restore", str(folder / "b.zip"), "--replace", "--tenant", str(folder / "tenant"))
    assert (folder / "tenant/tenant.yaml").read_bytes() == (DEMO / "tenant.yaml").read_bytes()


def test_what_cannot_be_done_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said("backup", str(folder / "b.zip"))
    with pytest.raises(ConfigurationError, match="exists"):
        said("backup", str(folder / "b.zip"))
    with pytest.raises(ConfigurationError, match="not empty"):
        said("restore", str(folder / "b.zip"))
    with pytest.raises(ArchiveError, match="no archive"):
        said("restore", str(folder / "data/receptionist.db"), "--replace")
    assert asyncio.run(_kept(folder / "data")) == [a_message()]
    monkeypatch.setenv("RECEPTIONIST_DATA_DIR", str(folder / "nothing"))
    with pytest.raises(NotFoundError):
        said("backup", str(folder / "c.zip"))
    assert not (folder / "nothing").exists()
    assert not list(folder.glob("c.zip*"))
