"""What an operator watches, in the text format Prometheus reads. No caller can be told from it."""

from collections.abc import Callable, Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from receptionist.admission import LoopLag, resident_mb
from receptionist.calls.events import (
    AlarmRaised,
    CallEnded,
    CallEvent,
    CallSink,
    Channel,
    EngineChanged,
    Escalated,
    LatencyMeasured,
    ToolFinished,
)
from receptionist.tools.transfer_call import TransferCall

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_WAITS_S = (0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
_ANSWERED_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
_LENGTHS_S = (10, 30, 60, 120, 300, 600, 1800, 3600)
_JITTER_S = (0.001, 0.005, 0.01, 0.02, 0.04, 0.08)
_LOSS = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)


class Metrics:
    """The figures of one process since it began.

    Args:
        lag: How late its event loop is.
        running: Returns how many calls run.
    """

    def __init__(self, lag: LoopLag, running: Callable[[], int]) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Now(lag, running))
        self._calls = self._counter("calls", "Calls that ended.", "channel", "outcome")
        self._lengths = self._histogram(
            "call_duration_seconds", "How long calls lasted.", _LENGTHS_S, "channel"
        )
        self._refused = self._counter("calls_refused", "Calls not taken.", "reason")
        self._answered = self._histogram(
            "answer_seconds",
            "From a caller's INVITE or offer to its answer.",
            _ANSWERED_S,
            "channel",
        )
        self._waits = self._histogram(
            "voice_to_voice_seconds",
            "From a caller's last sound to the first of the answer.",
            _WAITS_S,
        )
        self._transfers = self._counter("transfers", "Transfers tried.", "outcome")
        self._escalations = self._counter(
            "escalations", "People the product fetched by itself.", "reason", "outcome"
        )
        self._alarms = self._counter("alarms", "Callers in danger.", "category")
        self._engines = self._counter("engine_failures", "Engines replaced.", "slot", "engine")
        self._jitter = self._histogram(
            "rtp_jitter_seconds",
            "Jitter of callers' audio over a call (RFC 3550, 6.4.1).",
            _JITTER_S,
        )
        self._loss = self._histogram(
            "rtp_loss_ratio", "Share of callers' packets lost over a call.", _LOSS
        )

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"receptionist_{name}", what, labels, registry=self._registry)

    def _histogram(self, name: str, what: str, buckets: Sequence[float], *labels: str) -> Histogram:
        return Histogram(
            f"receptionist_{name}", what, labels, buckets=buckets, registry=self._registry
        )

    def answered(self, channel: Channel, after_s: float) -> None:
        """Counts a call that was answered so long after it was offered."""
        self._answered.labels(channel).observe(after_s)

    def refused(self, reason: str) -> None:
        """Counts a call that was not taken; `reason` is one of a few words, never a text."""
        self._refused.labels(reason).inc()

    def heard(self, *, jitter_s: float, loss: float) -> None:
        """Counts how the audio of a caller arrived over a whole call."""
        self._jitter.observe(jitter_s)
        self._loss.observe(loss)

    def sink(self, channel: Channel) -> CallSink:
        """Returns what counts the events of one call."""

        async def count(event: CallEvent) -> None:
            self._count(event, channel)

        return count

    def page(self) -> bytes:
        """Returns every figure as text (`CONTENT_TYPE`)."""
        return generate_latest(self._registry)

    def _count(self, event: CallEvent, channel: Channel) -> None:
        match event:
            case CallEnded():
                self._calls.labels(channel, event.disposition).inc()
                self._lengths.labels(channel).observe(event.duration_s)
            case LatencyMeasured():
                self._waits.observe(event.voice_to_voice_ms / 1000)
            case ToolFinished(name=TransferCall.name):
                self._transfers.labels(event.outcome).inc()
            case Escalated():
                self._escalations.labels(event.reason, event.outcome).inc()
            case AlarmRaised():
                self._alarms.labels(event.category).inc()
            case EngineChanged():
                self._engines.labels(event.slot, event.failed).inc()
            case _:
                pass


class _Now(Collector):
    """What is read when it is asked for."""

    def __init__(self, lag: LoopLag, running: Callable[[], int]) -> None:
        self._lag = lag
        self._running = running

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yields how the process is now."""
        yield GaugeMetricFamily(
            "receptionist_calls_running", "Calls that run.", value=self._running()
        )
        yield GaugeMetricFamily(
            "receptionist_loop_lag_seconds",
            "What nine of ten ticks of the event loop stayed under, over five seconds.",
            value=self._lag.p90_ms / 1000,
        )
        yield GaugeMetricFamily(
            "receptionist_memory_bytes", "Resident memory.", value=resident_mb() * (1 << 20)
        )
