"""An edge with its nodes, all of them real processes on free ports of loopback."""

import asyncio
import json
import os
import random
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import md5
from pathlib import Path
from typing import Any

from receptionist.telephony.edge.plan import EdgePlan
from receptionist.telephony.edge.processes import EdgeProcesses
from receptionist.telephony.edge.rendering import render

DOMAIN = "edge.test"
ACCOUNTS = {"alice": "wonderland", "bob": "builder", "pbx": "exchange"}
TRUNK_ADDRESS = "127.0.0.2"
"""Loopback is 127.0.0.0/8: a trunk calls from another address of it than everybody else."""

READY_S = 20.0
POLL_S = 0.05


class Node:
    """A node's process."""

    def __init__(self, port: int, process: Process, said: Path) -> None:
        self.port = port
        self.process = process
        self._said = said
        self.target = f"127.0.0.1:{port}"

    @property
    def open_files(self) -> int:
        """Its open files."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def keys(self) -> str:
        """The keys that callers have pressed."""
        return "".join(self._lines("key "))

    @property
    def invitations(self) -> Sequence[Mapping[str, str]]:
        """What the calls that came said of themselves."""
        return [json.loads(line) for line in self._lines("call ")]

    def _lines(self, kind: str) -> Sequence[str]:
        lines = self._said.read_text().splitlines()
        return [line.removeprefix(kind) for line in lines if line.startswith(kind)]

    async def end(self) -> None:
        """Kills it, unless it has ended."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()


class RunningEdge:
    """What whoever tries an edge needs to know of it."""

    def __init__(self, plan: EdgePlan, processes: EdgeProcesses, nodes: Sequence[Node]) -> None:
        self.plan = plan
        self.processes = processes
        self.control = processes.control
        self.nodes = nodes
        self.sip = ("127.0.0.1", plan.outside.udp or 0)


def free_ports(count: int) -> Sequence[int]:
    """Returns ports that nobody uses, neither for UDP nor for TCP, nor the one behind each.

    They are below those that the kernel hands out by itself.
    """
    tried = random.sample(range(10_000, 19_998, 2), 20 * count)
    return [port for port in tried if _is_free(port) and _is_free(port + 1)][:count]


def free_range(size: int) -> int:
    """Returns the first port of a range where no UDP socket is open."""
    firsts = list(range(20_000, 32_000, size))
    random.shuffle(firsts)
    return next(first for first in firsts if all(map(_is_free, range(first, first + size, 2))))


def _is_free(port: int) -> bool:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
    ):
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            udp.bind(("127.0.0.1", port))
            tcp.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


async def start_node(folder: Path, *, ring_s: float = 0) -> Node:
    """Starts a node that answers with an echo, after ringing for a while."""
    port, first = free_ports(1)[0], free_range(1000)
    said = folder / f"node-{port}"
    with said.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "eval.telephony_edge_node", str(port), str(first), str(ring_s)),
            stdout=output,
        )
    node = Node(port, process, said)
    try:
        await until(lambda: said.read_text().startswith("ready"), within_s=READY_S)
    except TimeoutError:
        await node.end()
        raise
    return node


def accounts_file(folder: Path, *, domain: str = DOMAIN) -> Path:
    """Writes the accounts as htdigest does."""
    file = folder / "accounts"
    lines = [
        f"{user}:{domain}:{md5(f'{user}:{domain}:{password}'.encode()).hexdigest()}"
        for user, password in ACCOUNTS.items()
    ]
    file.write_text("\n".join(lines) + "\n")
    return file


def plan_for(
    folder: Path, targets: Sequence[str], changes: Mapping[str, Any] | None = None
) -> EdgePlan:
    """Returns the plan of an edge on free ports; `changes` replace what is in it by section."""
    outside, inside, control = free_ports(3)
    first = free_range(500)
    plan: dict[str, Any] = {
        "domain": DOMAIN,
        "outside": {"address": "127.0.0.1", "udp": outside, "tcp": outside},
        "nodes": {"address": "127.0.0.1", "port": inside, "targets": list(targets)},
        "trunks": [
            {"name": "carrier", "addresses": [f"{TRUNK_ADDRESS}/32"]},
            {"name": "pbx", "account": "pbx"},
        ],
        "accounts_file": str(accounts_file(folder)),
        "limits": {"calls_per_s": 1000, "phone_calls_per_s": 1000, "requests_per_2s": 1_000_000},
        "media": {
            "first_port": first,
            "last_port": first + 498,
            "control": f"127.0.0.1:{control}",
        },
    }
    for section, values in (changes or {}).items():
        if isinstance(values, Mapping) and section in plan:
            plan[section] = {**plan[section], **values}
        else:
            plan[section] = values
    return EdgePlan.model_validate(plan)


async def until(done: Callable[[], bool], *, within_s: float) -> None:
    """Waits until something is so.

    Raises:
        TimeoutError: It was not.
    """
    for _ in range(round(within_s / POLL_S)):
        if done():
            return
        await asyncio.sleep(POLL_S)
    raise TimeoutError


@asynccontextmanager
async def running_edge(
    folder: Path,
    *,
    nodes: int = 1,
    ring_s: float = 0,
    changes: Mapping[str, Any] | None = None,
) -> AsyncGenerator[RunningEdge, None]:
    """Starts nodes and an edge before them, and ends them."""
    started: list[Node] = []
    try:
        started.extend([await start_node(folder, ring_s=ring_s) for _ in range(nodes)])
        plan = plan_for(folder, [node.target for node in started], changes)
        render(plan, folder / "edge")
        async with EdgeProcesses(folder / "edge") as processes:
            yield RunningEdge(plan, processes, started)
    finally:
        for node in started:
            await node.end()
