import pytest

from receptionist.admission import LoopLag
from receptionist.calls.events import (
    AlarmRaised,
    CallEnded,
    CallEvent,
    Disposition,
    Escalated,
    LatencyMeasured,
    ToolFinished,
    TurnEnded,
)
from receptionist.metrics import Metrics

pytestmark = pytest.mark.unit


def metrics(running: int = 0) -> Metrics:
    return Metrics(LoopLag(), lambda: running)


async def after(*events: CallEvent) -> str:
    counted = metrics()
    sink = counted.sink("browser")
    for event in events:
        await sink(event)
    return counted.page().decode()


def transfer(outcome: str) -> ToolFinished:
    return ToolFinished(
        turn=0,
        name="transfer_call",
        arguments={"contact_id": "sales"},
        outcome=outcome,
        result={},
        id="1",
        key="k",
        duration_ms=5.0,
    )


async def test_a_call_that_ended_is_counted_with_its_way_and_end() -> None:
    page = await after(CallEnded(disposition=Disposition.TRANSFERRED, duration_s=42.0))
    assert 'receptionist_calls_total{channel="browser",outcome="transferred"} 1.0' in page
    assert 'receptionist_call_duration_seconds_bucket{channel="browser",le="60.0"} 1.0' in page
    assert 'receptionist_call_duration_seconds_bucket{channel="browser",le="30.0"} 0.0' in page


async def test_transfers_are_counted_by_how_they_ended() -> None:
    page = await after(transfer("busy"), transfer("busy"), transfer("answered"))
    assert 'receptionist_transfers_total{outcome="busy"} 2.0' in page
    assert 'receptionist_transfers_total{outcome="answered"} 1.0' in page


async def test_waits_escalations_and_alarms_are_counted() -> None:
    page = await after(
        LatencyMeasured(turn=0, voice_to_voice_ms=640, stages={}),
        Escalated(at_s=1, reason="anger", target="desk", outcome="answered"),
        AlarmRaised(at_s=1, category="emergency", language="en"),
    )
    assert 'receptionist_voice_to_voice_seconds_bucket{le="0.7"} 1.0' in page
    assert 'receptionist_escalations_total{outcome="answered",reason="anger"} 1.0' in page
    assert 'receptionist_alarms_total{category="emergency"} 1.0' in page


async def test_what_is_said_is_in_no_figure() -> None:
    page = await after(
        TurnEnded(index=0, speaker="caller", text="Robert Tables", start_s=0, end_s=1)
    )
    assert "Tables" not in page


def test_answers_refusals_and_the_line_are_counted() -> None:
    counted = metrics(running=3)
    counted.answered("browser", 0.03)
    counted.refused("busy")
    counted.heard(jitter_s=0.002, loss=0.03)
    page = counted.page().decode()
    assert 'receptionist_answer_seconds_bucket{channel="browser",le="0.05"} 1.0' in page
    assert 'receptionist_calls_refused_total{reason="busy"} 1.0' in page
    assert 'receptionist_rtp_jitter_seconds_bucket{le="0.005"} 1.0' in page
    assert 'receptionist_rtp_loss_ratio_bucket{le="0.05"} 1.0' in page
    assert "receptionist_calls_running 3.0" in page
