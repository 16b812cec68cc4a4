"""Browsers that reach nobody but a relay: coturn, as `deploy/coturn` configures it."""

import asyncio
import re
import shutil
import socket
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aioice.ice
import httpx2
import pytest
import pytest_asyncio
from aioice.stun import TransactionFailed
from aioice.turn import create_turn_endpoint
from aiortc import RTCConfiguration, RTCIceServer, RTCIceTransportPolicy

from eval.speech import CallerVoices
from receptionist.app import create_app
from receptionist.telephony.ice import CREDENTIALS_S, IceServers
from tests.receptionist.telephony.browser_peer import BrowserPeer
from tests.receptionist.telephony.scripted_line import scripted
from tests.receptionist.telephony.sip.phone import free_port
from tests.waiting import until

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

CONFIGURATION = Path(__file__).parents[3] / "deploy" / "coturn" / "turnserver.conf"
RELAY, SECRET = "127.0.0.1", "a-secret-of-relay-and-receptionist"
TRANSPORTS = ("udp", "tcp")
REPLY = "We are in Mill Lane."


def configured(port: int, reached: Sequence[str]) -> str:
    """The configuration, filled in as it says, with the addresses of the receptionist allowed."""
    filled = CONFIGURATION.read_text(encoding="utf-8")
    for name, value in {
        "TURN_HOST": "localhost",
        "PUBLIC_ADDRESS": RELAY,
        "SHARED_SECRET": SECRET,
    }.items():
        filled = re.sub(rf"^([a-z-]+)={name}$", rf"\1={value}", filled, flags=re.MULTILINE)
    filled = re.sub(r"^listening-port=.*$", f"listening-port={port}", filled, flags=re.MULTILINE)
    lines = [f"listening-ip={RELAY}", f"relay-ip={RELAY}"]
    lines += [f"allowed-peer-ip={address}" for address in reached]
    if RELAY in reached:  # the machine has no network
        lines.append("allow-loopback-peers")
    return "\n".join([filled, *lines])


def listens(port: int) -> bool:
    with suppress(ConnectionRefusedError), socket.create_connection((RELAY, port), 1):
        return True
    return False


@asynccontextmanager
async def coturn(folder: Path, reached: Sequence[str]) -> AsyncGenerator[int]:
    """Yields the port of a running coturn."""
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("needs turnserver: apt install coturn")
    port, configuration = free_port(), folder / "turnserver.conf"
    configuration.write_text(configured(port, reached), encoding="utf-8")
    own = (
        f"--log-file={folder / 'log'}",
        f"--pidfile={folder / 'pid'}",
        f"--userdb={folder / 'db'}",
    )
    nowhere = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        program, "-c", configuration, *own, stdout=nowhere, stderr=nowhere
    )
    try:
        await until(lambda: listens(port), 10)
        yield port
    finally:
        process.kill()
        await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def relay(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[int]:
    ours = aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=False)
    async with coturn(tmp_path_factory.mktemp("coturn"), ours) as port:
        yield port


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def web(
    relay: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[httpx2.AsyncClient]:
    """The receptionist as pages reach it."""
    folder = tmp_path_factory.mktemp("line")
    secret = folder / "secret"
    secret.write_text(SECRET, encoding="utf-8")
    async with scripted(
        folder,
        heard=["Where are you?"],
        replies=[REPLY],
        turn_urls=[f"turn:{RELAY}:{relay}?transport={name}" for name in TRANSPORTS],
        turn_secret=f"file:{secret}",
    ) as supervisor:
        app = create_app(supervisor)
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://here")
        async with app.router.lifespan_context(app), client:
            yield client


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_browser_behind_a_firewall_hears_and_is_heard(
    web: httpx2.AsyncClient, voices: CallerVoices, transport: str
) -> None:
    question = voices.say("hibari:default", "Where are you?", rate_hz=16_000)
    (server,) = (await web.get("/api/calls/ice")).json()["ice_servers"]
    server["urls"] = [url for url in server["urls"] if url.endswith(transport)]
    only_relayed = RTCConfiguration(
        iceServers=[RTCIceServer(**server)], iceTransportPolicy=RTCIceTransportPolicy.RELAY
    )
    async with BrowserPeer(only_relayed) as browser:
        offer = {"type": "offer", "sdp": await browser.offer()}
        assert set(re.findall(r" typ (\w+)", offer["sdp"])) == {"relay"}
        answer = await web.post("/api/calls/offer", json=offer)
        await browser.connect(answer.json()["sdp"])
        await browser.told("turn_ended", index=1)
        greeted_s = browser.loud_s
        assert greeted_s > 0.3
        browser.microphone.say(question)
        asked = await browser.told("turn_ended", speaker="caller")
        assert asked["text"] == "Where are you?"
        await browser.told("turn_ended", index=asked["index"] + 1, text=REPLY)
        await until(lambda: browser.loud_s > greeted_s, 2)


async def allocated(relay: int, secret: str, now_s: float) -> None:
    (server,) = IceServers([], [f"turn:{RELAY}:{relay}"], secret).at(now_s)
    transport, _ = await create_turn_endpoint(
        lambda: aioice.ice.StunProtocol(aioice.Connection(ice_controlling=True)),
        server_addr=(RELAY, relay),
        username=server.username,
        password=server.credential,
    )
    transport.close()


async def test_what_is_expired_or_of_another_secret_gets_no_relay(relay: int) -> None:
    await allocated(relay, SECRET, time.time())
    expired_s = time.time() - CREDENTIALS_S - 60
    for secret, now_s in ((SECRET, expired_s), ("another", time.time())):
        with pytest.raises(TransactionFailed) as refusal:
            await allocated(relay, secret, now_s)
        assert refusal.value.response.attributes["ERROR-CODE"][0] == 401
