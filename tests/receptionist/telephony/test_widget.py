from collections.abc import AsyncGenerator

import httpx2 as httpx
import pytest
import pytest_asyncio

from receptionist.app import WIDGET, create_app
from receptionist.errors import ConfigurationError, NotAllowedError
from receptionist.supervisor import Supervisor
from receptionist.telephony.widget import TOKEN_S, WidgetGate
from tests.receptionist.telephony.browser_peer import BrowserPeer
from tests.receptionist.telephony.scripted_line import scripted

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

SITE, OTHER = "https://www.example.com", "https://evil.example"


class Clock:
    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def gate(clock: Clock | None = None, secret: str = "s") -> WidgetGate:
    return WidgetGate([SITE], "https://calls.example.net", secret, clock or Clock())


async def test_pages_of_this_server_need_no_token() -> None:
    for origin in ("", "https://here:7800", "https://calls.example.net"):
        gate().admit(origin, "here:7800", "")


async def test_a_token_is_good_for_its_site_alone() -> None:
    bearer = f"Bearer {gate().token(SITE)}"
    gate().admit(SITE, "here", bearer)
    both = WidgetGate([SITE, OTHER], "", "s", Clock())
    for origin in (OTHER, "null", SITE + ".evil.example", SITE + ":444"):
        with pytest.raises(NotAllowedError):
            both.admit(origin, "here", bearer)


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer .", "Bearer x.y", "Basic {}", "Bearer {}x"]
)
async def test_anything_else_is_no_token(shown: str) -> None:
    with pytest.raises(NotAllowedError):
        gate().admit(SITE, "here", shown.format(gate().token(SITE)))


async def test_a_token_is_good_for_minutes() -> None:
    clock = Clock()
    bearer = f"Bearer {gate(clock).token(SITE)}"
    clock.now_s += TOKEN_S - 1
    gate(clock).admit(SITE, "here", bearer)
    clock.now_s += 2
    with pytest.raises(NotAllowedError, match="too old"):
        gate(clock).admit(SITE, "here", bearer)


async def test_processes_without_a_secret_do_not_know_each_others_tokens() -> None:
    with pytest.raises(NotAllowedError):
        gate(secret="").admit(SITE, "here", f"Bearer {gate(secret='').token(SITE)}")


async def test_a_site_that_is_not_listed_gets_no_token() -> None:
    for origin in (OTHER, "", "null", SITE + "/"):
        with pytest.raises(NotAllowedError):
            gate().token(origin)


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.example.com", "http://www.example.com", SITE + "/", "www.example.com", ""],
)
async def test_what_is_no_origin_is_refused_at_the_start(origin: str) -> None:
    with pytest.raises(ConfigurationError, match="RECEPTIONIST_WIDGET_ORIGINS"):
        WidgetGate([origin], "", "", Clock())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Supervisor]:
    async with scripted(tmp_path_factory.mktemp("line"), widget_origins=[SITE]) as supervisor:
        yield supervisor


@pytest_asyncio.fixture(loop_scope="module")
async def web(line: Supervisor) -> AsyncGenerator[httpx.AsyncClient]:
    app = create_app(line)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://here") as client,
    ):
        yield client


async def test_a_listed_site_may_ask_and_read(web: httpx.AsyncClient) -> None:
    asked = await web.options(
        "/api/calls/offer",
        headers={
            "Origin": SITE,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, SITE)
    given = await web.post("/api/widget/token", headers={"Origin": SITE})
    assert given.headers["access-control-allow-origin"] == SITE
    async with BrowserPeer() as browser:
        offer = {"type": "offer", "sdp": await browser.offer()}
        headers = {"Origin": SITE, "Authorization": f"Bearer {given.json()['token']}"}
        refused = await web.post("/api/calls/offer", json=offer, headers={"Origin": SITE})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
        answer = await web.post("/api/calls/offer", json=offer, headers=headers)
        await browser.connect(answer.json()["sdp"])
        await browser.told("call_started")


async def test_another_site_may_neither_ask_nor_read(web: httpx.AsyncClient) -> None:
    for method, path in (
        ("POST", "/api/widget/token"),
        ("GET", "/api/calls/ice"),
        ("PATCH", "/api/calls/x/candidates"),
    ):
        answer = await web.request(
            method, path, headers={"Origin": OTHER}, json={"candidates": [{"candidate": ""}]}
        )
        assert answer.status_code == 403, path
        assert "access-control-allow-origin" not in answer.headers
    metrics = await web.get("/metrics", headers={"Origin": SITE})
    assert "access-control-allow-origin" not in metrics.headers


async def test_addresses_found_later_are_taken_and_connect_the_call(
    web: httpx.AsyncClient,
) -> None:
    async with BrowserPeer() as browser:
        lines = (await browser.offer()).splitlines()
        found = [line.removeprefix("a=") for line in lines if line.startswith("a=candidate")]
        sdp = "\r\n".join(line for line in lines if "candidate" not in line) + "\r\n"
        offered = await web.post("/api/calls/offer", json={"type": "offer", "sdp": sdp})
        call = offered.json()
        path = f"/api/calls/{call['call_id']}/candidates"
        candidates = [{"candidate": line, "sdpMLineIndex": 0} for line in dict.fromkeys(found)]
        sent = await web.patch(path, json={"candidates": [*candidates, {"candidate": ""}]})
        assert sent.status_code == 204
        await browser.connect(call["sdp"])
        await browser.told("call_started")
        wrong = await web.patch(path, json={"candidates": [{"candidate": "candidate:1 1"}]})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "offer_unusable")
        nowhere = {"candidate": candidates[0]["candidate"], "sdpMid": "7", "sdpMLineIndex": 7}
        too_many = {"candidates": [nowhere] * 50}
        statuses = [(await web.patch(path, json=too_many)).status_code for _ in range(3)]
        assert statuses[-1] == 422


async def test_addresses_of_no_call_are_not_found(web: httpx.AsyncClient) -> None:
    sent = await web.patch("/api/calls/none/candidates", json={"candidates": [{}]})
    assert sent.status_code == 404


async def test_the_button_is_made_of_short_files_of_its_own(web: httpx.AsyncClient) -> None:
    for file in sorted(WIDGET.iterdir()):
        text = file.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 300
        assert "http" not in text.replace("https", "http").replace("over HTTP", "")
        assert (await web.get(f"/widget/{file.name}")).status_code == 200
