"""What is wrong at the start of a process is said at once, with what to do about it."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from loguru import logger

from eval.speech import CallerVoices
from providers.llm.concierge.concierge import Concierge
from providers.llm.concierge.state import Reply
from providers.models.store import ModelStore
from receptionist.calls.session import CallSession
from receptionist.cli import main
from receptionist.database import DEFAULT_FILE
from receptionist.telephony.memory import CallerAudio
from receptionist.telephony.recorded_call import RecordedCall, driven
from tests.e2e.product import bundle, environment, fake, settings, started

pytestmark = pytest.mark.e2e

SCRIPTED = {"stt": {"*": fake("stt")}, "tts": {"*": fake("tts", ms_per_char=2)}, "llm": fake("llm")}
KEYLESS = {"llm": {"id": "openai:m", "secrets": {"api_key": "env:NO_SUCH_KEY"}}}


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    said: str


class Commands:
    """Runs commands in this process, as from a shell."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._capsys = capsys
        for name, value in environment(folder).items():
            monkeypatch.setenv(name, value)
        self.set = monkeypatch.setenv

    def run(self, *arguments: object) -> Ended:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        assert isinstance(ended.value.code, int)
        return Ended(ended.value.code, self._capsys.readouterr().err)


def process(folder: Path, *arguments: object, **settings: object) -> Ended:
    """Runs a command in a process that may write only where its user may."""
    command = [sys.executable, "-m", "receptionist", *map(str, arguments)]
    if os.geteuid() == 0:
        # Root writes where it may not; without this capability it is held to permissions.
        setpriv = shutil.which("setpriv")
        assert setpriv, "needs setpriv: apt install util-linux"
        command = [setpriv, "--bounding-set=-dac_override", *command]
    ended = subprocess.run(
        command,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ended(ended.returncode, ended.stderr)


def recording(folder: Path) -> Path:
    """Returns a recording in which nothing is said."""
    file = folder / "nothing.wav"
    soundfile.write(file, np.zeros(1600, np.int16), 8000)
    return file


@pytest.fixture
def commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Generator[Commands]:
    yield Commands(tmp_path, monkeypatch, capsys)
    logger.remove()


@pytest.fixture
def warnings_said() -> Generator[list[str]]:
    lines: list[str] = []
    handler = logger.add(lambda line: lines.append(str(line)), level="WARNING", format="{message}")
    yield lines
    logger.remove(handler)


@pytest.mark.parametrize(
    "command", [("serve", "--port", 0), ("chat", "--script", os.devnull)], ids=lambda c: c[0]
)
def test_an_unknown_key_is_named_by_file_and_line(
    tmp_path: Path, commands: Commands, command: tuple[object, ...]
) -> None:
    tenant = bundle(tmp_path)
    with (tenant / "tenant.yaml").open("a", encoding="utf-8") as written:
        written.write("patience:\n  max_cal_s: 60\n")
    line = len((tenant / "tenant.yaml").read_text(encoding="utf-8").splitlines())
    ended = commands.run(*command, "--tenant", tenant)
    assert ended.code == 2
    assert f"tenant.yaml:{line}: patience.max_cal_s: unknown key 'max_cal_s'" in ended.said


def test_a_missing_key_is_named_and_the_concierge_answers(
    tmp_path: Path, commands: Commands
) -> None:
    tenant = bundle(tmp_path, engines=KEYLESS)
    ended = commands.run("chat", "--script", os.devnull, "--tenant", tenant)
    assert ended.code == 0
    assert "Set NO_SUCH_KEY to the key of this provider" in ended.said


def test_a_file_that_is_no_database_is_named_and_left_alone(
    tmp_path: Path, commands: Commands
) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / DEFAULT_FILE
    file.write_text("my holiday diary")
    ended = commands.run("serve", "--port", 0)
    assert ended.code == 1
    assert str(file) in ended.said
    assert "Move the file away" in ended.said
    assert file.read_text() == "my holiday diary"


def test_a_data_folder_that_cannot_be_made_is_said_so(tmp_path: Path, commands: Commands) -> None:
    (tmp_path / "file").write_text("")
    commands.set("RECEPTIONIST_DATA_DIR", str(tmp_path / "file"))
    ended = commands.run("chat", "--script", os.devnull)
    assert ended.code == 1
    assert "name another folder in RECEPTIONIST_DATA_DIR" in ended.said


def test_read_only_folders_stop_the_data_and_not_the_phrases(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    question = recording(tmp_path)
    without_data = process(tmp_path, "call", question, DATA_DIR=tmp_path / "locked")
    assert without_data.code == 1
    assert "cannot be written. Give this user write access" in without_data.said
    without_phrases = process(
        tmp_path, "call", question, "--tenant", bundle(tmp_path, engines=SCRIPTED),
        PHRASE_CACHE_DIR=tmp_path / "locked" / "phrases",
    )  # fmt: skip
    assert without_phrases.code == 0, without_phrases.said


def test_lines_are_read_from_whatever_can_be_read(tmp_path: Path, commands: Commands) -> None:
    ended = commands.run("chat", "--script", tmp_path)
    assert ended.code == 2
    assert f"{str(tmp_path)!r} cannot be read: Is a directory" in ended.said


def test_a_missing_model_ends_the_command_with_what_to_pull(tmp_path: Path) -> None:
    ended = process(tmp_path, "call", recording(tmp_path), MODELS_DIR=tmp_path / "empty")
    assert ended.code == 1
    assert "receptionist models pull whisper-base" in ended.said
    assert "Traceback" not in ended.said


@pytest.mark.parametrize("command", ["call", "chat"])
def test_a_call_ended_by_a_technical_problem_ends_its_command_with_one(
    tmp_path: Path,
    commands: Commands,
    voices: CallerVoices,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> Reply:
        raise RuntimeError("the brain of last resort is broken")

    monkeypatch.setattr(Concierge, "respond", broken)
    question, lines = tmp_path / "question.wav", tmp_path / "lines.txt"
    pcm = voices.say("hibari:default", "When do you open?")
    soundfile.write(question, np.frombuffer(pcm, np.int16), 8000)
    lines.write_text("When do you open?\n" * 2)
    given = [question, question] if command == "call" else ["--script", lines]
    heard = fake("stt", transcripts=["When do you open?"] * 2)
    tenant = bundle(tmp_path, engines=SCRIPTED | {"stt": {"*": heard}, "llm": fake("llm")})
    assert commands.run(command, *given, "--tenant", tenant).code == 1


async def test_a_missing_voice_alone_is_replaced_and_said_so(
    tmp_path: Path, models: ModelStore, warnings_said: list[str]
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "whisper-base").symlink_to(models.folder("whisper-base"))
    own = settings(tmp_path, bundle(tmp_path), models_dir=tmp_path / "models")

    async def hear_the_greeting(session: CallSession, _caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.assistant_speaking)
        session.hang_up()

    async with started(own, spoken=("it",)) as supervisor, asyncio.timeout(20):
        await driven(supervisor, 16_000, hear_the_greeting, RecordedCall(turns=[], language="it"))
    assert "tts does without model:kokoro" in warnings_said[0]
    assert "receptionist models pull kokoro" in warnings_said[0]


def test_a_taken_port_is_named_with_its_setting(tmp_path: Path, commands: Commands) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        commands.set("RECEPTIONIST_PORT", str(port))
        ended = commands.run("serve", "--tenant", bundle(tmp_path))
    assert ended.code == 1
    assert f"Port {port} is taken" in ended.said
    assert "RECEPTIONIST_PORT" in ended.said
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_server_without_calls_ends_at_once(tmp_path: Path, number: signal.Signals) -> None:
    tenant = bundle(tmp_path, engines=SCRIPTED)
    command = [sys.executable, "-m", "receptionist", "serve", "--port", "0", "--tenant", tenant]
    serving = await asyncio.create_subprocess_exec(
        *command, env=environment(tmp_path), stderr=asyncio.subprocess.PIPE
    )
    assert serving.stderr
    async with asyncio.timeout(120):
        await serving.stderr.readuntil(b"Ready")
    serving.send_signal(number)
    try:
        async with asyncio.timeout(30):
            _, said = await serving.communicate()
    except TimeoutError:
        serving.kill()
        raise
    assert serving.returncode == 0
    assert b"Traceback" not in said
