import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import httpx2 as httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from providers.errors import ProviderError
from receptionist.app import create_app
from receptionist.http_guard import MAX_BODY_BYTES
from receptionist.supervisor import Supervisor
from tests.receptionist.telephony.browser_peer import BrowserPeer
from tests.receptionist.telephony.scripted_line import scripted

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Supervisor]:
    async with scripted(tmp_path_factory.mktemp("line"), max_calls=1) as supervisor:
        yield supervisor


@pytest_asyncio.fixture(loop_scope="module")
async def app(line: Supervisor) -> AsyncGenerator[FastAPI]:
    app = create_app(line)
    async with app.router.lifespan_context(app):
        yield app


@pytest_asyncio.fixture(loop_scope="module")
async def web(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
        yield client


def told(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Checks that the answer is a problem document and returns it."""
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert problem.keys() == {"type", "title", "status", "detail", "code", "retryable"}
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["detail"]
    return problem


async def test_offer_becomes_a_call_and_a_further_caller_hears_that_it_is_busy(
    web: httpx.AsyncClient,
) -> None:
    assert (await web.get("/health")).json()["status"] == "ok"
    async with BrowserPeer() as browser:
        offer = {"type": "offer", "sdp": await browser.offer(), "language": "it"}
        answer = (await web.post("/api/calls/offer", json=offer)).json()
        assert answer["type"] == "answer"
        await browser.connect(answer["sdp"])
        started = await browser.told("call_started", call_id=answer["call_id"])
        assert started["language"] == "it"
        health = (await web.get("/health")).json()
        assert (health["status"], health["calls"], health["max_calls"]) == ("busy", 1, 1)
        refused = await web.post("/api/calls/offer", json=offer)
        assert told(refused, 503, "busy")["retryable"] is True
        assert int(refused.headers["retry-after"]) > 0


async def test_tenant_tells_the_company_and_its_languages(web: httpx.AsyncClient) -> None:
    tenant = (await web.get("/api/tenant")).json()
    assert tenant["company"] == "Brindlewick Home Services"
    assert tenant["languages"] == ["en", "it"]
    assert re.fullmatch("[0-9a-f]{12}", tenant["version"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not json", "request_invalid"),
        (b"[]", "request_invalid"),
        (b'{"type": "offer"}', "request_invalid"),
        (b'{"type": "answer", "sdp": "v=0"}', "request_invalid"),
        (b'{"type": "offer", "sdp": "v=0", "language": "english"}', "request_invalid"),
        (b'{"type": "offer", "sdp": "v=0", "key": 1}', "request_invalid"),
        (b'{"type": "offer", "sdp": ""}', "request_invalid"),
        (b'{"type": "offer", "sdp": "garbage"}', "offer_unusable"),
    ],
)
async def test_offer_that_is_none_is_refused(
    web: httpx.AsyncClient, body: bytes, code: str
) -> None:
    headers = {"content-type": "application/json"}
    told(await web.post("/api/calls/offer", content=body, headers=headers), 422, code)
    assert (await web.get("/health")).json()["calls"] == 0


async def test_offer_that_is_no_text_is_refused(web: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    response = await web.post("/api/calls/offer", content=b'{"sdp": "\xff"}', headers=headers)
    told(response, 400, "bad_request")


async def test_offer_from_a_form_of_another_site_is_refused(web: httpx.AsyncClient) -> None:
    body = b'{"type": "offer", "sdp": "v=0"}'
    response = await web.post(
        "/api/calls/offer", content=body, headers={"content-type": "text/plain"}
    )
    told(response, 422, "request_invalid")


@pytest.mark.parametrize("announced", [True, False])
async def test_body_that_is_too_large_is_refused(web: httpx.AsyncClient, announced: bool) -> None:
    body = b" " * (MAX_BODY_BYTES + 1)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 8192):
            yield body[start : start + 8192]

    content = body if announced else pieces()
    told(await web.post("/api/calls/offer", content=content), 413, "too_large")


async def test_what_does_not_exist_is_a_problem_too(web: httpx.AsyncClient) -> None:
    told(await web.get("/nothing"), 404, "not_found")
    told(await web.get("/call/../settings.py"), 404, "not_found")
    told(await web.get("/api/calls/offer"), 405, "method_not_allowed")


async def test_engine_that_fails_and_faults_of_ours_are_problems_without_details(
    app: FastAPI, web: httpx.AsyncClient
) -> None:
    @app.get("/engine")
    async def engine() -> None:
        raise ProviderError("the server is overloaded.", provider="openai:x", retryable=True)

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError("secret")

    assert told(await web.get("/engine"), 503, "engine_unavailable")["retryable"] is True
    assert "secret" not in told(await web.get("/fault"), 500, "internal")["detail"]


async def test_description_of_the_api_names_problems_and_no_other_error(
    web: httpx.AsyncClient,
) -> None:
    description = (await web.get("/openapi.json")).json()
    responses = description["paths"]["/api/calls/offer"]["post"]["responses"]
    assert set(responses) == {"200", "400", "403", "413", "422", "503"}
    for status in ("400", "413", "422", "503"):
        schema = responses[status]["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}
    assert "Problem" in description["components"]["schemas"]


async def test_page_and_its_parts_are_served_with_strict_headers(web: httpx.AsyncClient) -> None:
    page = await web.get("/")
    assert "<title>" in page.text
    referenced = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {"/call/main.js", "/call/style.css"} <= set(referenced)
    for path in ("/", *referenced):
        part = await web.get(path)
        assert part.status_code == 200
        policy = part.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert part.headers["x-content-type-options"] == "nosniff"


async def test_an_operator_reads_figures_and_no_caller_is_in_them(web: httpx.AsyncClient) -> None:
    page = await web.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain")
    assert "receptionist_calls_running 0.0" in page.text
    assert "# HELP receptionist_loop_lag_seconds" in page.text
