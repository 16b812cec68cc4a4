"""A tenant's HTTP tool says what its service answers, and something to say when it does not."""

import asyncio

import pytest

from receptionist.errors import ConfigurationError
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.tools.remote.counter import SENT, SORRY, Counter, asked, order_status
from tests.receptionist.tools.remote.service import Received, answering, serving

pytestmark = pytest.mark.integration


async def test_what_the_service_answers_is_said_in_the_words_of_the_tenant(
    demo: TenantSnapshot,
) -> None:
    async with serving(answering(SENT)) as service:
        result = await asked(demo, service)
        assert result["outcome"] == "sent"
        assert result["spoken"] == (
            "Order A B 4 2 7 was sent on Friday the twentieth of November, by Acme Post."
        )
        [request] = service.received
        assert (request.method, request.target) == ("GET", "/orders/AB427?lang=en")
        assert request.headers["host"] == service.listed
        assert (await asked(demo, service, language="it"))["spoken"].startswith(
            "L'ordine A B 4 2 7 è partito venerdì"
        )


async def test_a_status_can_mean_something(demo: TenantSnapshot) -> None:
    async with serving(answering(b"<html>no</html>", 404, {"Content-Type": "text/html"})) as there:
        result = await asked(demo, there)
        assert (result["outcome"], result["spoken"]) == ("unknown", "There is no order A B 4 2 7.")


async def test_what_is_missing_is_asked_for(demo: TenantSnapshot) -> None:
    counter = Counter(demo, order_status("https://api.example.com"))
    result = await counter.run()
    assert result["outcome"] == "invalid"
    assert result["field"] == "number"
    assert result["spoken"] == "What is the number of your order?"
    await counter.close()


@pytest.mark.parametrize(
    ("content", "status", "headers", "reason"),
    [
        (b"{", 200, {}, "garbled"),
        (b"[" * 100_000, 200, {}, "garbled"),
        (b'{"status": NaN}', 200, {}, "garbled"),
        (b"<html>", 200, {"Content-Type": "text/html"}, "garbled"),
        (b"\xff\xfe", 200, {}, "garbled"),
        (b"{}", 500, {}, "unexpected"),
        (b"", 200, {}, "unexpected"),
        (b'{"status": "sent"}', 200, {}, "unexpected"),
        (b"0" * 300_000, 200, {}, "too_long"),
        (b"0", 200, {"Content-Length": "10000000000"}, "refused"),
        (b"\x1f\x8b", 200, {"Content-Encoding": "gzip"}, "refused"),
        (b"", 302, {"Location": "/orders/AB427?lang=en"}, "redirected"),
        (b"", 302, {}, "redirected"),
        (b"", 302, {"Location": "http://127.0.0.1:1/"}, "refused"),
        (b"", 302, {"Location": "http://169.254.169.254/latest/meta-data/"}, "refused"),
        (b"", 302, {"Location": "file:///etc/passwd"}, "refused"),
        (b"", 302, {"Location": "http://[::"}, "redirected"),
    ],
)
async def test_whatever_is_wrong_with_an_answer_there_is_something_to_say(
    demo: TenantSnapshot, content: bytes, status: int, headers: dict[str, str], reason: str
) -> None:
    async with serving(answering(content, status, headers)) as service:
        result = await asked(demo, service)
        assert (result["outcome"], result["reason"]) == ("failed", reason)
        assert result["spoken"] == SORRY
        assert len(service.received) <= 4


async def test_ten_megabytes_are_not_read(demo: TenantSnapshot) -> None:
    sent = 0

    async def pour(request: Received, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        del request
        writer.write(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n")
        for _ in range(160):
            writer.write(b" " * 65536)
            await writer.drain()
            sent += 65536

    async with serving(pour) as service:
        result = await asked(demo, service)
        assert result["reason"] in {"too_long", "refused"}
        assert sent < 10_000_000


async def test_a_service_that_hangs_is_left_in_time(demo: TenantSnapshot) -> None:
    never = asyncio.Event()

    async def hang(request: Received, writer: asyncio.StreamWriter) -> None:
        del request, writer
        await never.wait()

    async with serving(hang) as service:
        result = await asked(demo, service, {"timeout_ms": 200})
        assert (result["outcome"], result["reason"]) == ("failed", "timed_out")
        assert result["spoken"] == SORRY


async def test_a_service_that_drips_is_left_in_time_too(demo: TenantSnapshot) -> None:
    gone = asyncio.Event()

    async def drip(request: Received, writer: asyncio.StreamWriter) -> None:
        del request
        writer.write(b"HTTP/1.1 200 X\r\nContent-Type: application/json\r\n\r\n")
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        finally:
            gone.set()

    async with serving(drip) as service:
        assert (await asked(demo, service, {"timeout_ms": 300}))["reason"] == "timed_out"
        await gone.wait()


async def test_a_closed_port_and_an_unknown_name_fail_in_words(demo: TenantSnapshot) -> None:
    async with serving(answering({})) as service:
        pass
    assert (await asked(demo, service))["reason"] == "unreachable"
    elsewhere = Counter(demo, order_status("https://nothing.invalid"))
    result = await elsewhere.run(number="AB427")
    assert (result["reason"], result["spoken"]) == ("unreachable", SORRY)
    await elsewhere.close()


async def test_a_name_that_leads_inside_is_refused(demo: TenantSnapshot) -> None:
    async with serving(answering(SENT)) as service:
        counter = Counter(demo, order_status("https://localhost:8443"))
        assert (await counter.run(number="AB427"))["reason"] == "refused"
        await counter.close()
        assert service.received == []


@pytest.mark.parametrize(
    "url", ["http://api.example.com", "https://api.example.com:22", "https://2130706433"]
)
async def test_an_address_nobody_may_reach_is_told_when_the_tenant_is_loaded(
    demo: TenantSnapshot, url: str
) -> None:
    with pytest.raises(ConfigurationError, match="RECEPTIONIST_TOOL_HOSTS"):
        Counter(demo, order_status(url))


async def test_secrets_are_sent_to_their_host_and_not_to_where_it_redirects(
    demo: TenantSnapshot,
) -> None:
    async with serving(answering(SENT)) as other:
        moved = answering(b"", 307, {"Location": f"{other.url}/elsewhere", "Set-Cookie": "a=b"})
        async with serving(moved) as service:
            secrets = {
                "headers": {"Authorization": "Bearer {token}", "X-App": "receptionist"},
                "secrets": {"token": "env:SHOP_TOKEN"},
            }
            counter = Counter(
                demo,
                order_status(service.url, **secrets),
                listed=(service.listed, other.listed),
                environment={"SHOP_TOKEN": "s3cret"},
            )
            assert (await counter.run(number="AB427"))["outcome"] == "sent"
            await counter.run(number="AB427")
            await counter.close()
    assert [r.headers["authorization"] for r in service.received] == ["Bearer s3cret"] * 2
    assert all("cookie" not in request.headers for request in service.received)
    for request in other.received:
        assert "authorization" not in request.headers
        assert request.headers["x-app"] == "receptionist"
    assert "s3cret" not in repr(counter.ledger)


async def test_a_proxy_of_the_environment_is_not_used(
    demo: TenantSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(answering(SENT)) as proxy, serving(answering(SENT)) as service:
        for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(variable, proxy.url)
        assert (await asked(demo, service))["outcome"] == "sent"
        assert proxy.received == []


async def test_what_a_service_says_is_words_and_not_a_template_or_markup(
    demo: TenantSnapshot,
) -> None:
    hostile = SENT | {"carrier": {"name": "<speak>{number}\u202e\x00\n ignore " + "x " * 400}}
    async with serving(answering(hostile)) as service:
        spoken = (await asked(demo, service))["spoken"]
        assert not set("<>{}\u202e\x00\n") & set(spoken)
        assert len(spoken) < 450


async def test_a_brain_sees_the_tool_and_the_ledger_keeps_it(demo: TenantSnapshot) -> None:
    async with serving(answering(SENT)) as service:
        counter = Counter(demo, order_status(service.url), listed=(service.listed,))
        schema = next(s for s in counter.runner.schemas() if s.name == "order_status")
        assert schema.required == ["number"]
        assert schema.properties["number"]["type"] == "string"
        await counter.run(number="AB427")
        [entry] = counter.ledger
        assert (entry.name, entry.outcome) == ("order_status", "sent")
        assert entry.arguments == {"number": "AB427"}
        unknown = await counter.run(nonsense="x")
        assert unknown["outcome"] == "invalid_arguments"
        await counter.close()
