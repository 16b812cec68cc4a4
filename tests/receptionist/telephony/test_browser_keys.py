"""Keys of the page's dial pad, on calls with scripted engines."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from receptionist.supervisor import Supervisor
from tests.receptionist.telephony.browser_peer import BrowserPeer
from tests.receptionist.telephony.scripted_line import scripted
from tests.receptionist.telephony.test_webrtc import calling, ended, serving
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

REPLY = "We are in Mill Lane, " + "behind the old mill, " * 40 + "on the left."
"""4 s."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Supervisor]:
    async with scripted(
        tmp_path_factory.mktemp("line"),
        replies=[REPLY, "Thank you."],
        reask_after_ms=2000,
        phone={"menu": {"9": "message"}, "keys_pause_ms": 700},
    ) as supervisor:
        yield supervisor


async def told(browser: BrowserPeer, part: str) -> None:
    """Waits until the caller has been told something."""
    await until(
        lambda: any(
            part in message["text"]
            for message in browser.messages
            if message["type"] == "turn_ended"
        ),
        30,
    )


async def test_the_first_key_stops_the_assistant_before_the_number_is_complete(
    line: Supervisor,
) -> None:
    async with serving(line) as calls, calling(calls) as browser:
        await browser.told("turn_ended", index=1)
        browser.send({"type": "text", "text": "Where are you?"})
        await browser.told("assistant_speaks", text="We are in Mill Lane,")
        for key in "123":
            browser.send({"type": "dtmf", "digit": key})
        cut = await browser.told("turn_ended", interrupted=True)
        assert not [m for m in browser.messages if m.get("text") == "1 2 3"]
        typed = await browser.told("turn_ended", text="1 2 3")
        browser.send({"type": "hang_up"})
        await ended(calls, browser)
    assert REPLY.startswith(cut["text"])
    assert 0.5 < typed["start_s"] - cut["end_s"] < 1.4  # the pause this tenant has set


async def test_a_silent_caller_is_read_the_menu_and_leaves_his_number(line: Supervisor) -> None:
    async with serving(line) as calls, calling(calls) as browser:
        await told(browser, "press star")
        browser.send({"type": "dtmf", "digit": "9"})
        await told(browser, "Please type the number")
        for key in "01632960555#":
            browser.send({"type": "dtmf", "digit": key})
        await told(browser, "Press one for yes")
        browser.send({"type": "dtmf", "digit": "1"})
        assert await ended(calls, browser) == "completed"
    outcomes = [m["outcome"] for m in browser.messages if m["type"] == "tool_finished"]
    assert outcomes == ["confirm", "noted"]
