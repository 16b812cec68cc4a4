import hashlib
import json
import os
from io import StringIO
from pathlib import Path

import pytest
import yaml
from rich.console import Console
from typer.testing import CliRunner, Result

from providers.models.store import ModelStore
from receptionist.commands.models import app
from receptionist.commands.pull_progress import shown_on
from receptionist.errors import ConfigurationError

pytestmark = pytest.mark.unit

DATA = b"weights"
DEFAULTS = ("whisper-base", "kokoro", "kokoro-voices")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store whose default models are all small files in a folder of this machine."""
    (tmp_path / "origin").mkdir()
    (tmp_path / "origin" / "w.bin").write_bytes(DATA)
    piece = {"kind": "folder", "origin": str(tmp_path / "origin"), "member": "w.bin"}
    file = {
        "path": "w.bin",
        "bytes": len(DATA),
        "sha256": hashlib.sha256(DATA).hexdigest(),
        "sources": [{"pieces": [piece]}],
    }
    needed = {"purpose": "Tests", "licence": "MIT", "default": True, "files": [file]}
    optional = needed | {"default": False}
    models = dict.fromkeys(DEFAULTS, needed) | {
        "extra": optional,
        "huge": optional | {"on_request": True},
    }
    store = tmp_path / "models"
    store.mkdir()
    (store / "catalog.yaml").write_text(yaml.safe_dump({"models": models}))
    monkeypatch.setenv("RECEPTIONIST_MODELS_DIR", str(store))
    return store


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_pull_without_names_installs_what_is_needed(folder: Path) -> None:
    ended = run("pull")
    assert ended.exit_code == 0
    assert [f"{name}: installed" in ended.stdout for name in DEFAULTS] == [True] * 3
    assert not (folder / "extra").exists()
    assert "is there already" in run("pull").stdout


def test_a_very_large_model_is_pulled_by_its_name_only(folder: Path) -> None:
    usual = ModelStore(folder).usual()
    assert "extra" in usual
    assert "huge" not in usual
    assert "qwen2.5-1.5b" not in usual
    assert "by name" in run("list").stdout
    assert "huge: installed" in run("pull", "huge").stdout


def test_pull_shows_plain_lines_where_there_is_no_terminal(folder: Path) -> None:
    assert folder.exists()
    assert "extra: 100 % of 7 bytes" in run("pull", "extra").stderr


@pytest.mark.parametrize(
    ("total_bytes", "size"),
    [(999, "999 bytes"), (52_300, "52.3 kB"), (639_000, "0.6 MB"), (92_000_000, "92.0 MB")],
)
def test_no_size_is_shown_as_nothing(total_bytes: int, size: str) -> None:
    console = Console(file=StringIO(), width=100)
    with shown_on(console) as progress:
        progress.advanced("kokoro", total_bytes, total_bytes)
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue() == f"kokoro: 100 % of {size}\n"


def test_pull_goes_on_after_a_model_that_fails_and_ends_with_1(folder: Path) -> None:
    run("pull")
    for name in DEFAULTS[:2]:
        (folder / name / "w.bin").write_bytes(b"damaged")
        os.utime(folder / name / "w.bin", ns=(1, 1))
    (folder.parent / "origin" / "w.bin").write_bytes(b"damaged")
    ended = run("pull", *DEFAULTS)
    assert ended.exit_code == 1
    assert "model:whisper-base: no source works" in ended.stderr
    assert "model:kokoro: no source works" in ended.stderr
    assert "kokoro-voices: is there already" in ended.stdout


def test_pull_from_a_folder_needs_no_other_source(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "origin" / "w.bin").rename(tmp_path / "w.bin")
    assert run("pull", "extra", "--from", str(tmp_path)).exit_code == 0
    assert (folder / "extra" / "w.bin").read_bytes() == DATA


def test_list_tells_state_size_and_licence_of_each_model(folder: Path) -> None:
    run("pull", "extra")
    records = {record["name"]: record for record in json.loads(run("list", "--json").stdout)}
    assert records["extra"]["state"] == "installed"
    assert records["extra"]["folder"] == str(folder / "extra")
    assert (records["kokoro"]["state"], records["kokoro"]["licence"]) == ("missing", "MIT")
    assert "vosk-ko" in records
    assert "extra" in run("list").stdout


def test_verify_finds_damage_that_length_and_time_hide(folder: Path) -> None:
    run("pull")
    assert run("verify").exit_code == 0
    path = folder / "kokoro" / "w.bin"
    stat = path.stat()
    path.write_bytes(b"WEIGHTS")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    ended = run("verify")
    assert ended.exit_code == 1
    assert "kokoro: damaged  Run `receptionist models pull kokoro`." in ended.stdout
    assert run("pull").exit_code == 0
    assert run("verify").exit_code == 0


def test_verify_minds_a_missing_model_only_when_it_is_needed_or_named(folder: Path) -> None:
    assert folder.exists()
    assert run("verify").exit_code == 1
    run("pull")
    assert run("verify").exit_code == 0
    assert run("verify", "extra").exit_code == 1


@pytest.mark.parametrize("command", ["pull", "verify"])
def test_an_unknown_model_is_a_wrong_question(folder: Path, command: str) -> None:
    assert folder.exists()
    with pytest.raises(ConfigurationError, match="no model 'wisper'") as caught:
        run(command, "wisper")
    assert caught.value.exit_code == 2


def test_a_folder_to_pull_from_must_exist(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="--from"):
        run("pull", "--from", str(folder / "nowhere"))


def test_a_terminal_sees_a_bar() -> None:
    with Path(os.devnull).open("w") as nowhere:
        console = Console(file=nowhere, force_terminal=True, record=True, width=100)
        with shown_on(console) as progress:
            progress.waiting()
            progress.advanced("kokoro", 46_000_000, 92_000_000)
            progress.advanced("kokoro", 92_000_000, 92_000_000)
    shown = console.export_text()
    assert "Another pull is running" in shown
    assert "92.0/92.0 MB" in shown
