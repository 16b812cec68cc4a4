"""`make bench`: the figures of this machine, on the embedded engines and the demo tenant.

python -m eval.bench [answers] [start] [churn] [retrieval] [concierge] [topics] [voice] [--json]
python -m eval.bench guard [--half development|sealed] [--language xx] [--json]
python -m eval.bench telephony [--part NAME] [--short-calls 2000] [--soak-minutes 60] [--json]
python -m eval.bench --clinc data_full.json --banking FOLDER

The public sets are measured when their files are given; see eval/public_sets.py and, for what the
guard makes of them, eval/guard_public.py.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from loguru import logger

import eval.voice_calls as voice_calls  # first: it brings the clock that pipecat must find
from eval import guard_report, public_sets, telephony, topic_sets
from eval.concierge_speed import turn_times
from eval.guard_tables import tables
from eval.measures import memory_mb, open_files, spread
from eval.questions import ENGLISH
from eval.retrieval import measure
from eval.speech import CallerVoices
from providers.models.store import ModelStore
from receptionist.calls.events import LatencyMeasured
from receptionist.calls.report import CallReport
from receptionist.calls.session import CallSession
from receptionist.settings import Settings
from receptionist.supervisor import Supervisor
from receptionist.telephony.memory import CallerAudio
from receptionist.telephony.recorded_call import RecordedCall, driven, place
from receptionist.telephony.recording import Recording

GUARD, TELEPHONY = "guard", "telephony"
"""The benchmarks that take options of their own."""

RATE_HZ = 8000
CALLS = 200
READY_S = 60.0


async def answers(settings: Settings) -> dict[str, Any]:
    """Voice to voice over a call of twenty questions in three voices, in real time."""
    voices = CallerVoices(ModelStore(settings.models_dir))
    turns = [
        Recording(
            path=Path(question.text),
            rate_hz=RATE_HZ,
            pcm=voices.say(voices.ENGLISH[number % 3], question.text),
        )
        for number, question in enumerate(ENGLISH)
    ]
    report = CallReport()

    async def show(event: object) -> None:
        if isinstance(event, LatencyMeasured):
            typer.echo(".", nl=False, err=True)

    supervisor = await Supervisor.start(settings, spoken=("en",))
    try:
        await place(supervisor, RecordedCall(turns=turns, language="en"), [report, show])
    finally:
        await supervisor.close()
    typer.echo(err=True)
    heard = [turn.text for turn in report.turns if turn.speaker == "assistant"][2:]
    right = sum(question.answered_by(text) for question, text in zip(ENGLISH, heard, strict=False))
    stages: dict[str, list[float]] = {}
    for measured in report.latency:
        for stage, ms in measured.stages.items():
            stages.setdefault(stage, []).append(ms)
    return {
        "questions": len(ENGLISH),
        "answered_right": right,
        "voice_to_voice_ms": asdict(spread([m.voice_to_voice_ms for m in report.latency])),
        "stages_ms": {stage: asdict(spread(values)) for stage, values in stages.items()},
    }


async def start(settings: Settings) -> dict[str, Any]:
    """Time until a server answers on a warm cache, and its memory then."""
    environment = os.environ | {
        "RECEPTIONIST_PORT": "0",
        "RECEPTIONIST_DATA_DIR": str(settings.data_dir / "start"),
    }
    seconds, memory = list[float](), 0.0
    for _ in range(3):
        began_s = time.perf_counter()
        server = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "receptionist", "serve",
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            address = await asyncio.wait_for(_address(server), READY_S)
            await asyncio.to_thread(urllib.request.urlopen, f"{address}/health", None, 5)
            seconds.append(time.perf_counter() - began_s)
            memory = max(memory, memory_mb(server.pid))
        finally:
            server.terminate()
            await server.wait()
    return {"ready_s": asdict(spread(seconds)), "memory_mb": round(memory)}


async def _address(server: asyncio.subprocess.Process) -> str:
    """Returns the address the server prints when it is ready."""
    assert server.stderr is not None
    while line := (await server.stderr.readline()).decode():
        for word in line.split():
            if word.startswith("http"):
                return word.rstrip("/.;")
    raise RuntimeError("the server ended before it was ready; run `receptionist doctor`")


async def churn(settings: Settings) -> dict[str, Any]:
    """Event-loop time of a call's start, and memory and files over 200 calls in a row."""
    supervisor = await Supervisor.start(settings, spoken=("en",))
    began_ms: list[float] = []
    memory: dict[int, float] = {}
    files: dict[int, int] = {}
    try:
        for number in range(CALLS + 1):
            began_ms.append(await _short_call(supervisor))
            if number % 50 == 0:
                memory[number], files[number] = round(memory_mb(), 1), open_files()
    finally:
        await supervisor.close()
    return {
        "call_start_loop_ms": asdict(spread(began_ms[1:])),
        "memory_mb_after_calls": memory,
        "open_files_after_calls": files,
    }


async def _short_call(supervisor: Supervisor) -> float:
    """Runs a call until its greeting is heard; returns the loop's CPU time until then, in ms."""
    began_s = time.thread_time()
    took_ms: list[float] = []

    async def listen(session: CallSession, _caller: CallerAudio) -> None:
        await session.conversation.when(lambda: session.conversation.assistant_speaking)
        took_ms.append((time.thread_time() - began_s) * 1000)
        session.hang_up()

    await driven(supervisor, RATE_HZ, listen, RecordedCall(turns=(), language="en"))
    return took_ms[0]


async def concierge(settings: Settings) -> dict[str, Any]:
    """CPU time of the embedded brain's turns."""
    del settings
    return await asyncio.to_thread(turn_times)


async def retrieval(settings: Settings) -> dict[str, Any]:
    """How fast the topic index answers, loads and is built."""
    return await asyncio.to_thread(measure, settings)


async def topics(settings: Settings) -> dict[str, Any]:
    """How often unseen questions find their topic, and foreign ones none."""
    del settings
    return await asyncio.to_thread(topic_sets.measure)


async def voice(settings: Settings) -> dict[str, Any]:
    """How many of sixty callers get what they call for."""
    # In a thread of its own: each call runs on a virtual loop.
    store = ModelStore(settings.models_dir)
    return await asyncio.to_thread(voice_calls.measure, store, voice_calls.languages())


BENCHES: dict[str, Callable[[Settings], Coroutine[Any, Any, dict[str, Any]]]] = {
    "answers": answers,
    "start": start,
    "churn": churn,
    "retrieval": retrieval,
    "concierge": concierge,
    "topics": topics,
    "voice": voice,
}


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description=__doc__)
    names = [*BENCHES, GUARD, TELEPHONY]
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    public_sets.add_arguments(parser)
    guard_report.add_arguments(parser)
    telephony.add_arguments(parser)
    asked = parser.parse_args()
    asked.names = asked.names or names
    unknown = set(asked.names) - set(names)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    return asked


def main() -> None:
    """Runs the benchmarks asked for, by default all, and prints what they measured."""
    asked = _asked()
    logger.remove()  # pipecat logs every frame it finds worth it
    results: dict[str, Any] = {"load_average_before": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings().model_copy(update={"data_dir": Path(folder)})
        cold = settings.model_copy(update={"phrase_cache_dir": Path(folder) / "phrases"})
        for name in asked.names:
            typer.echo(f"measuring {name}", err=True)
            if name == GUARD:
                results[name] = guard_report.asked_for(asked)
                continue
            if name == TELEPHONY:
                results[name] = telephony.measure(asked, settings)
                continue
            results[name] = asyncio.run(BENCHES[name](cold if name == "answers" else settings))
    if (asked.clinc or asked.banking) and asked.names != [GUARD]:
        typer.echo("measuring public", err=True)
        results["public"] = public_sets.figures(asked.clinc, asked.banking)
    results["load_average_after"] = os.getloadavg()[0]
    if GUARD in results and not asked.json:
        typer.echo(tables(results.pop(GUARD)))
    typer.echo(json.dumps(results, indent=None if asked.json else 2))


if __name__ == "__main__":
    main()
