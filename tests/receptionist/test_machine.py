import socket
from pathlib import Path

import pytest

from receptionist import machine
from receptionist.findings import Level
from receptionist.settings import Settings

pytestmark = pytest.mark.integration


def settings(folder: Path) -> Settings:
    return Settings(data_dir=folder, models_dir=folder, phrase_cache_dir=folder)


def test_folders_that_can_be_written_are_in_order(tmp_path: Path) -> None:
    found = list(machine.folders(settings(tmp_path / "new")))
    assert [finding.level for finding in found] == [Level.OK] * 3
    assert list((tmp_path / "new").iterdir()) == []


def test_only_the_data_folder_must_be_writable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = list(machine.folders(settings(tmp_path / "file" / "x")))
    assert [finding.level for finding in found] == [Level.FAULT, Level.WARNING, Level.WARNING]
    assert all("RECEPTIONIST_" in finding.fix for finding in found)


async def test_a_database_that_opens_is_in_order(tmp_path: Path) -> None:
    assert (await machine.database(settings(tmp_path))).level is Level.OK


async def test_a_damaged_database_is_a_fault_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "receptionist.db").write_bytes(b"not a database" * 100)
    found = await machine.database(settings(tmp_path))
    assert found.level is Level.FAULT
    assert "backup" in found.detail


def test_a_free_port_is_in_order_and_free_afterwards() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        number = held.getsockname()[1]
    assert machine.port("127.0.0.1", number).level is Level.OK
    socket.create_server(("127.0.0.1", number)).close()


def test_a_taken_port_is_a_fault() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        found = machine.port("127.0.0.1", held.getsockname()[1])
    assert (found.level, "taken" in found.detail) == (Level.FAULT, True)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_a_fault(host: str) -> None:
    found = machine.port(host, 0)
    assert found.level is Level.FAULT
    assert "RECEPTIONIST_HOST" in found.fix


def test_a_machine_without_programs_to_pull_with_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    node = list(machine.programs())[1]
    assert (node.level, node.detail) == (Level.OPTIONAL, "no Node, no npm")
    assert node.fix == "Install Node 20 or later with npm."
