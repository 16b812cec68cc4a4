"""The call button on another site, in a real browser; and a browser that vanishes."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.async_api import Error, Page, async_playwright, expect

from tests.e2e.test_browser_call import (
    CHROMIUM,
    QUIET,
    REPOSITORY,
    Served,
    browsing,
    command,
    url_said,
)
from tests.waiting import until

pytestmark = pytest.mark.e2e

VANISHED_S = 5.0
FAKE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


class _Handler(SimpleHTTPRequestHandler):
    policy = ""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", self.policy)
        super().end_headers()


@contextmanager
def site(folder: Path) -> Generator[str]:
    """Yields the origin of a site whose pages are in `folder`."""
    handler = partial(_Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def sites(folder: Path) -> Generator[Sequence[str]]:
    """A site that may show the button, and one that may not."""
    with ExitStack() as open_sites:
        yield [open_sites.enter_context(site(folder)) for _ in range(2)]


@pytest.fixture(scope="module")
def served(
    folder: Path, sites: Sequence[str], tmp_path_factory: pytest.TempPathFactory
) -> Generator[Served]:
    environment = os.environ | {
        "RECEPTIONIST_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "RECEPTIONIST_PORT": "0",
        "RECEPTIONIST_SIP": "off",
        "RECEPTIONIST_WIDGET_ORIGINS": f'["{sites[0]}"]',
    }
    with subprocess.Popen(
        command("serve"), cwd=REPOSITORY, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        served = Served(process=process, url=url_said(process.stderr), environment=environment)
        _Handler.policy = f"default-src 'none'; script-src {served.url}; connect-src {served.url}"
        tag = f'<script type="module" src="{served.url}/widget/widget.js" data-company="Acme">'
        (folder / "index.html").write_text(
            f'<!doctype html><html lang="it"><title>Acme</title><h1>Acme</h1>{tag}</script>',
            encoding="utf-8",
        )
        yield served
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


async def test_a_visitor_of_another_site_calls_from_its_page(
    served: Served, sites: Sequence[str], tmp_path: Path
) -> None:
    async with browsing(tmp_path, *FAKE) as page:
        await page.goto(sites[0])
        button = page.get_by_role("button", name="Chiamaci")
        await expect(button).to_have_attribute("aria-expanded", "false")
        await button.click()
        panel = page.get_by_role("dialog", name="Chiama Acme")
        await expect(panel.get_by_role("status")).to_have_text("In linea", timeout=10_000)
        await expect(panel.get_by_role("button", name="Riaggancia")).to_be_focused()
        await expect(panel.get_by_role("log").get_by_role("listitem").first).to_contain_text(
            "assistente automatico", timeout=15_000
        )
        await panel.get_by_role("button", name="Disattiva il microfono").click()
        unmute = panel.get_by_role("button", name="Riattiva il microfono")
        await expect(unmute).to_have_attribute("aria-pressed", "true")
        await panel.get_by_role("button", name="Riaggancia").click()
        await expect(panel.get_by_role("status")).to_have_text("La chiamata è terminata.")
        await page.keyboard.press("Escape")
        await expect(panel).to_be_hidden()
        await expect(button).to_be_focused()
    await served.quiet()
    kept = served.kept()[0]
    assert (kept["channel"], kept["language"]) == ("browser", "it")
    assert kept["disposition"] == "caller_hung_up"


async def test_a_site_that_is_not_listed_has_no_button(
    served: Served, sites: Sequence[str], tmp_path: Path
) -> None:
    async with browsing(tmp_path, *FAKE) as page:
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        await page.goto(sites[1])
        await page.wait_for_load_state("networkidle")
        await expect(page.get_by_role("button")).to_have_count(0)
        assert any("CORS policy" in text for text in refused)
    assert served.health()["calls"] == 0


def processes_of(profile: Path) -> list[int]:
    """The processes of the browser that uses `profile`."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if str(profile) in (entry / "cmdline").read_text():
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_browser_that_vanishes_is_noticed_within_five_seconds(
    served: Served, tmp_path: Path, how: signal.Signals
) -> None:
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path, executable_path=CHROMIUM, args=[*QUIET, *FAKE]
        )
        await on_a_call(context.pages[0], served)
        for process in processes_of(tmp_path):
            with suppress(ProcessLookupError):
                os.kill(process, how)
        try:
            await until(lambda: not served.health()["calls"], VANISHED_S)
        finally:
            for process in processes_of(tmp_path):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            with suppress(Error):
                await context.close()
    assert served.kept()[0]["disposition"] == "media_lost"


async def on_a_call(page: Page, served: Served) -> None:
    await page.goto(served.url)
    await page.get_by_role("button", name="Call").click()
    await expect(page.locator(".turn").first).to_contain_text(
        re.compile("automated"), timeout=15_000
    )
