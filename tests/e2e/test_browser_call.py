"""Calls from a real browser to a real process, with embedded engines and the demo tenant."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.request import urlopen

import numpy as np
import pytest
import soundfile
import soxr
from playwright.async_api import Page, async_playwright, expect

from eval.speech import CallerVoices
from tests.waiting import until

pytestmark = pytest.mark.e2e

CHROMIUM = "/usr/bin/chromium"
MIC_HZ = 48_000
GREETING_S = 9
"""The caller listens so long before asking."""
QUESTION = "What time do you open on Saturday?"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-loopback-in-peer-connection",  # for a machine without a network
)
REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running `receptionist serve`."""

    process: "subprocess.Popen[str]"
    url: str
    environment: dict[str, str]

    def health(self) -> dict[str, Any]:
        with urlopen(f"{self.url}/health") as answer:
            return json.load(answer)

    def held(self) -> tuple[int, int]:
        """Open files and decoder threads of the process."""
        own = Path(f"/proc/{self.process.pid}")
        names = [(task / "comm").read_text() for task in (own / "task").iterdir()]
        return len(list((own / "fd").iterdir())), len([n for n in names if "decoder" in n])

    async def quiet(self) -> None:
        """Waits until no call is left."""
        await until(lambda: not self.health()["calls"], 15)

    def kept(self) -> list[dict[str, Any]]:
        """The calls in the database, the latest first."""
        return json.loads(run("calls", "list", "--json", env=self.environment))


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from receptionist.cli import main; main()", *arguments]


def run(*arguments: str, env: dict[str, str]) -> str:
    done = subprocess.run(
        command(*arguments), cwd=REPOSITORY, env=env, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Served]:
    environment = os.environ | {
        "RECEPTIONIST_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "RECEPTIONIST_PORT": "0",
        "RECEPTIONIST_SIP": "off",
    }
    with subprocess.Popen(
        command("serve"), cwd=REPOSITORY, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        served = Served(process=process, url=url_said(process.stderr), environment=environment)
        yield served
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=20)[1]
        assert (process.returncode, rest) == (0, "")


def url_said(lines: IO[str]) -> str:
    said: list[str] = []
    for line in lines:
        said.append(line)
        if found := re.search(r"http://\S+?(?=;)", line):
            return found[0]
    raise AssertionError("".join(said))


@pytest.fixture(scope="module")
def microphone(voices: CallerVoices, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the caller says: nothing while he is greeted, then a question, then nothing."""
    spoken = np.frombuffer(voices.say("hibari:default", QUESTION, rate_hz=16_000), np.int16)
    question = soxr.resample(spoken.astype(np.float32) / 32768, 16_000, MIC_HZ)
    silence = np.zeros(MIC_HZ * GREETING_S, np.float32)
    path = tmp_path_factory.mktemp("caller") / "question.wav"
    soundfile.write(path, np.concatenate([silence, question, silence]), MIC_HZ, subtype="PCM_16")
    return path


@asynccontextmanager
async def browsing(profile: Path, *arguments: str) -> AsyncGenerator[Page]:
    """Yields a page of a browser that has never been used before."""
    if not shutil.which(CHROMIUM):
        pytest.skip("needs chromium: apt install chromium")
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=[*QUIET, *arguments],
            viewport={"width": 900, "height": 900},
        )
        try:
            page = context.pages[0]
            faults: list[str] = []
            page.on("pageerror", lambda error: faults.append(str(error)))
            yield page
            assert faults == []
        finally:
            await context.close()


def with_microphone(recording: Path) -> list[str]:
    return [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={recording}%noloop",
    ]


async def test_spoken_question_is_answered_shown_and_kept(
    served: Served, microphone: Path, tmp_path: Path
) -> None:
    async with browsing(tmp_path, *with_microphone(microphone)) as page:
        await page.goto(served.url)
        await expect(page).to_have_title("Call Brindlewick Home Services")
        await page.get_by_role("button", name="Call").click()
        await expect(page.get_by_role("status")).to_have_text("Connected")
        turns = page.get_by_role("log").locator(".turn")
        await expect(turns.nth(0)).to_contain_text("automated assistant", timeout=10_000)
        await expect(page.locator(".turn.caller")).to_contain_text(
            re.compile("open on Saturday", re.IGNORECASE), timeout=20_000
        )
        await expect(page.locator(".latency .total")).to_have_text(
            re.compile(r"answered after \d+ ms"), timeout=10_000
        )
        answer = page.locator(".turn.caller ~ .turn.assistant:not(.running)").first
        await expect(answer).to_contain_text("half past twelve", timeout=15_000)
        await expect(page.locator(".tool")).to_contain_text("check hours")
        await page.get_by_role("button", name="Hang up").click()
        await expect(page.get_by_role("status")).to_have_text("You hung up.")
    await served.quiet()
    kept = served.kept()[0]
    assert (kept["channel"], kept["disposition"]) == ("browser", "caller_hung_up")
    shown = json.loads(run("calls", "show", kept["call_id"], "--json", env=served.environment))
    assert "Saturday" in next(t["text"] for t in shown["turns"] if t["speaker"] == "caller")


async def test_refused_microphone_is_explained_and_the_caller_may_write(
    served: Served, tmp_path: Path
) -> None:
    refusing = ["--use-fake-device-for-media-stream", "--deny-permission-prompts"]
    async with browsing(tmp_path, *refusing) as page:
        await page.goto(served.url)
        await page.get_by_role("button", name="Call").click()
        await expect(page.get_by_role("alert")).to_contain_text("The microphone is blocked.")
        assert served.health()["calls"] == 0
        await page.get_by_role("button", name="Write instead").click()
        await expect(page.get_by_role("status")).to_have_text("Connected")
        words = page.get_by_label("Write to the assistant")
        await words.fill("Are you open on Christmas Day?")
        await words.press("Enter")
        answer = page.locator(".turn.assistant", has_text="Christmas Day")
        await expect(answer).to_be_visible(timeout=15_000)
        await page.get_by_role("button", name="Hang up").click()
        await expect(page.get_by_role("status")).to_have_text("You hung up.")
    await served.quiet()


async def test_page_that_vanishes_ends_the_call_and_frees_everything(
    served: Served, microphone: Path, tmp_path: Path
) -> None:
    before = served.held()
    async with browsing(tmp_path, *with_microphone(microphone)) as page:
        await page.goto(served.url)
        await page.get_by_role("button", name="Call").click()
        await expect(page.locator(".turn").first).to_contain_text("automated", timeout=10_000)
        assert served.health()["calls"] == 1
        await page.close()
        await served.quiet()
    assert served.kept()[0]["disposition"] == "caller_hung_up"
    await until(lambda: served.held() <= before, 5)
