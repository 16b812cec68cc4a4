"""What callers notice when something goes wrong: stalls, losses, garbage, the end of a process."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np

from eval.telephony_audio import FRAME_S, RATE_HZ
from eval.telephony_calls import NotAnsweredError, kept_up, placed
from eval.telephony_echo import TONE_HZ
from eval.telephony_load import percentiles
from eval.telephony_mutations import Mutations
from eval.telephony_node import Node, node
from eval.telephony_phone import RawPhone
from eval.telephony_stream import LOUD, levels, pulses, recorded

STALL_MS = 400
STALLS = 5
FLUSHES = 20
SPEAKING_S = 1.0
LOSSES = (0.05, 0.20)
LISTENED_S = 20.0
DRAINED_CALLS = 50
PHONES = 4
BATCH = 20
MOST_CALLS = 250
UNCONFIRMED_S = 15
AMID_EVERY_S = 0.1


async def stalls(count: int = STALLS) -> dict[str, Any]:
    """What is heard of a tone while the process does nothing for a while."""
    async with node() as running, await RawPhone.at(running.address) as phone:
        call = await placed(phone, "tone", keeps=True)
        await asyncio.sleep(SPEAKING_S)
        call.stream.forget()
        for _ in range(count):
            await running.do("stall", ms=STALL_MS)
            await asyncio.sleep(SPEAKING_S)
        heard, gaps = levels(call.stream.heard), call.stream.gaps_ms
        await call.end()
    return {
        "stalls": count,
        "stall_ms": STALL_MS,
        "silent_frames": int((heard < LOUD).sum()),
        "lost": call.stream.lost,
        "frames": len(heard),
        "gap_ms": percentiles(gaps),
    }


async def flushes(count: int = FLUSHES) -> dict[str, Any]:
    """Milliseconds from an interruption to the end of what is heard, 600 ms being queued."""
    took = list[float]()
    async with node() as running, await RawPhone.at(running.address) as phone:
        for _ in range(count):
            call = await placed(phone, "tone", keeps=True)
            await asyncio.sleep(SPEAKING_S)
            told = await running.do("flush")
            await asyncio.sleep(SPEAKING_S / 2)
            loud = np.flatnonzero(levels(call.stream.heard) > LOUD)
            took.append((call.stream.arrivals_s[int(loud[-1])] - told["at_s"]) * 1000)
            await call.end()
    return {"interruptions": count, "still_heard_ms": percentiles(took)}


async def losses() -> dict[str, Any]:
    """Length and holes of what is heard of a tone of which packets are lost."""
    told = dict[str, Any]()
    async with node() as running, await RawPhone.at(running.address) as phone:
        for loss in LOSSES:
            tone = 8000 * np.sin(2 * np.pi * TONE_HZ / RATE_HZ * np.arange(60 * RATE_HZ))
            call = await placed(phone, "listen", sound=recorded(tone.astype(np.int16)), loss=loss)
            await asyncio.sleep(LISTENED_S)
            await call.end()
            await asyncio.sleep(FRAME_S * 5)
            heard = (await running.do("heard"))["calls"][-1]
            told[f"{loss:.0%}"] = {
                "lasted_s": round(heard["lasted_s"], 2),
                "heard_s": round(heard["heard_s"], 2),
                "made_up_ms": heard["filled_ms"],
                "silent_frames": heard["silent_frames"],
                "frames": heard["frames"],
            }
    return told


async def short_calls(count: int) -> dict[str, Any]:
    """Memory and open files while many short calls come and go."""
    files, memory, taken = dict[int, int](), dict[int, float](), list[float]()
    async with node() as running:
        phones = [await RawPhone.at(running.address) for _ in range(PHONES)]
        done = 0
        while done <= count:
            if done % max(PHONES, count // 4) == 0:
                await asyncio.sleep(1)
                health = await running.health()
                files[done], memory[done] = health["files"], health["memory_mb"]
            taken += await asyncio.gather(*(_short_call(phone) for phone in phones))
            done += PHONES
        for phone in phones:
            await phone.__aexit__()
        left = (await running.health())["calls"]
    return {
        "calls": count,
        "open_files_after_calls": files,
        "memory_mb_after_calls": memory,
        "calls_left": left,
        "invite_to_200_ms": percentiles(taken),
    }


async def _short_call(phone: RawPhone) -> float:
    call = await placed(phone)
    await asyncio.sleep(FRAME_S)
    await call.end()
    return call.after_s * 1000


async def garbage(count: int) -> dict[str, Any]:
    """How soon callers are answered amid spoiled packets and after them, without an edge in front.

    What is spoiled little is a call that nobody confirms: it keeps a line until somebody needs it.
    """
    async with node(max_calls=MOST_CALLS) as running:
        async with await RawPhone.at(running.address) as mad, asyncio.TaskGroup() as group:
            over = asyncio.Event()
            calling = group.create_task(_called_until(over, running))
            for number, packet in enumerate(Mutations(mad, seed=5).packets(count)):
                mad.send(packet)
                if number % BATCH == 0:
                    await asyncio.sleep(0.01)
            over.set()
        next_ms, refused = await _answered(running)
        await asyncio.sleep(UNCONFIRMED_S)
        health = await running.health()
    amid = calling.result()
    answered = [ms for ms in amid if ms is not None]
    return {
        "packets": count,
        "alive": health["alive"],
        "calls_amid": len(amid),
        "of_them_refused": len(amid) - len(answered),
        "answered_amid_ms": percentiles(answered) if answered else {},
        "next_call_answered_ms": next_ms,
        "seconds_until_a_line_was_free": refused,
        "calls_left": health["calls"],
        "calls_leaked": health["leaked"],
    }


async def _called_until(over: asyncio.Event, running: Node) -> list[float | None]:
    """Returns how soon each call is answered meanwhile; None is refused."""
    took_ms = list[float | None]()
    async with await RawPhone.at(running.address) as phone:
        while not over.is_set():
            await asyncio.sleep(AMID_EVERY_S)
            try:
                call = await placed(phone)
            except NotAnsweredError:
                took_ms.append(None)
            else:
                took_ms.append(call.after_s * 1000)
                await call.end()
    return took_ms


async def _answered(running: Node) -> tuple[float | None, int]:
    """Returns how soon a call is answered, and how long every line had been taken before."""
    async with await RawPhone.at(running.address) as phone:
        for refused in range(UNCONFIRMED_S):
            try:
                call = await placed(phone)
            except NotAnsweredError:
                await asyncio.sleep(1)
            else:
                await call.end()
                return round(call.after_s * 1000, 1), refused
    return None, UNCONFIRMED_S


async def drain(count: int = DRAINED_CALLS) -> dict[str, Any]:
    """How many calls go on while the process takes no new ones, and who else is taken."""
    async with node() as running:
        async with kept_up(running.address, count, sound=pulses) as calls:
            await running.do("drain")
            status = await _status_of_another(running)
            for call in calls:
                call.stream.forget()
            await asyncio.sleep(SPEAKING_S * 3)
            alive = _heard_back([len(call.stream.round_trips_ms) for call in calls])
        await asyncio.sleep(SPEAKING_S)
        drained = (await running.health())["drained"]
    return {"calls": count, "go_on": alive, "another_is_told": status, "drained": drained}


async def _status_of_another(running: Node) -> int:
    async with await RawPhone.at(running.address) as phone:
        return (await phone.invite()).status


def _heard_back(trips: Sequence[int]) -> int:
    return sum(count > 0 for count in trips)
