"""A supervisor is told of danger: three tries, beside the call, and nothing of what was said."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest
from loguru import logger

from eval.clock import run_virtual
from receptionist.errors import ConfigurationError
from receptionist.guard.alarms import PAUSES_S, TRIES, Alarm, AlarmPost, Alarms, open_alarms
from receptionist.guard.contract import Guards
from receptionist.tenants.config import Patience
from receptionist.tenants.snapshot import TenantSnapshot
from tests.receptionist.calls.simulation import Script, simulate
from tests.receptionist.guard.scripted_judge import ScriptedJudge, guards
from tests.receptionist.tools.remote.service import Received, serving

pytestmark = pytest.mark.integration

ALARM = Alarm(
    call_id="c1", tenant="demo", category="emergency", language="en", at="2026-11-26T10:00:00+00:00"
)


class Receiver:
    """Takes alarms after so many failures.

    Attributes:
        at_s: When it was sent one.
    """

    def __init__(self, failures: int = 0, takes_s: float = 0.0) -> None:
        self._failures = failures
        self._takes_s = takes_s
        self.at_s: list[float] = []

    async def __call__(self, alarm: Alarm) -> None:
        self.at_s.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self._takes_s)
        if len(self.at_s) <= self._failures:
            raise OSError("nobody is there")


async def _raised(alarms: Alarms, wait_s: float = 60.0) -> None:
    alarms(ALARM)
    await asyncio.sleep(wait_s)
    await alarms.close()


@pytest.mark.parametrize(("failures", "sent"), [(0, 1), (1, 2), (2, 3), (5, TRIES)])
def test_an_alarm_that_does_not_arrive_is_sent_again(failures: int, sent: int) -> None:
    receiver = Receiver(failures)
    run_virtual(_raised(Alarms(receiver)))
    assert len(receiver.at_s) == sent
    gaps = [b - a for a, b in zip(receiver.at_s, receiver.at_s[1:], strict=False)]
    assert gaps == pytest.approx(list(PAUSES_S[: sent - 1]))


def test_a_process_that_ends_does_not_wait_for_ever() -> None:
    async def ended() -> float:
        began_s = asyncio.get_running_loop().time()
        await _raised(Alarms(Receiver(takes_s=1000.0)), wait_s=0.1)
        return asyncio.get_running_loop().time() - began_s

    assert run_virtual(ended()) < 10


def logged_by(act: Callable[[], Coroutine[None, None, None]]) -> list[str]:
    lines: list[str] = []
    sink = logger.add(lines.append, level="ERROR", format="{level} {message}")
    run_virtual(act())
    logger.remove(sink)
    return lines


def test_an_alarm_stands_in_the_log_where_nobody_is_to_be_told() -> None:
    [line] = logged_by(lambda: _raised(Alarms()))
    assert line.startswith("CRITICAL ALARM emergency: call c1 to 'demo'")


def test_that_nobody_could_be_told_stands_in_the_log() -> None:
    lines = logged_by(lambda: _raised(Alarms(Receiver(failures=9))))
    assert lines[-1].startswith("CRITICAL nobody was told")


async def test_an_alarm_is_posted_as_json_with_nothing_else() -> None:
    async def take(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")

    async with serving(take) as service, AsyncExitStack() as owned:
        alarms = open_alarms(f"{service.url}/alarms", [], owned)
        alarms(ALARM)
        await alarms.close()
        [request] = service.received
    assert (request.method, request.target) == ("POST", "/alarms")
    assert json.loads(request.body) == {
        "call_id": "c1",
        "tenant": "demo",
        "category": "emergency",
        "language": "en",
        "at": "2026-11-26T10:00:00+00:00",
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://alarms.example.com/",
        "http://10.0.0.7:8080/",
        "ftp://127.0.0.1/",
        "https://user:secret@example.com/",
        "https://example.com:22/",
        "alarms",
        "http://2130706433/",
    ],
)
def test_an_address_that_may_not_be_reached_is_refused_at_the_start(url: str) -> None:
    with pytest.raises(ConfigurationError, match="RECEPTIONIST_ALARM_URL"):
        AlarmPost(url)


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("https://alarms.example.com/hook", []),
        ("http://127.0.0.1:9000/", []),
        ("http://localhost:9000/", []),
        ("http://desk.internal:8080/", ["desk.internal:8080"]),
    ],
)
async def test_an_address_of_the_operator_is_taken(url: str, hosts: list[str]) -> None:
    await AlarmPost(url, hosts).close()


def test_an_alarm_that_hangs_does_not_hold_up_the_call(
    demo: TenantSnapshot, question: bytes
) -> None:
    judge = ScriptedJudge(turn_words={"emergency": "fire"})
    script = Script(caller=[question], heard=["there is a fire"], patience=Patience(max_call_s=30))

    def said(the_guards: Guards) -> list[str]:
        return simulate(demo, script, guards=the_guards).said()

    alone = said(guards(judge))
    receiver = Receiver(takes_s=600.0)
    assert said(replace(guards(judge), alarm=Alarms(receiver))) == alone
    assert len(receiver.at_s) == 1
