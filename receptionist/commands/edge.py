"""`receptionist edge`: writes, runs and commands the edge in front of the nodes that take calls."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from receptionist.commands.records import AsJson, console, print_json, table
from receptionist.settings import Settings
from receptionist.telephony.edge.control import Control
from receptionist.telephony.edge.plan import EdgePlan
from receptionist.telephony.edge.processes import EdgeProcesses
from receptionist.telephony.edge.rendering import render

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Write, run and command the edge: Kamailio and rtpengine in front of the nodes.",
)

PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan of the edge (YAML).")]
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder the edge runs from.", show_default="`edge` in the data folder"),
]
NodeName = Annotated[str, typer.Argument(metavar="HOST:PORT", help="The node.")]


@app.command("check")
def check_plan(plan: PlanFile) -> None:
    """Reads a plan and says what is wrong with it."""
    found = EdgePlan.read(plan)
    count = len(found.nodes.targets)
    console().print(f"{found.domain}: {count} node(s), {len(found.trunks)} trunk(s).")


@app.command("render")
def write_configuration(
    plan: PlanFile,
    folder: Annotated[Path, typer.Argument(help="Where the files are written.")],
    at: Annotated[
        Path | None, typer.Option(help="Where they will be on the machine of the edge.")
    ] = None,
) -> None:
    """Writes the configuration of Kamailio and rtpengine."""
    render(EdgePlan.read(plan), folder, at=at)


@app.command()
def run(plan: PlanFile, folder: Folder = None) -> None:
    """Writes the configuration, and runs the edge until it is told to end."""
    read = EdgePlan.read(plan)
    asyncio.run(_run(read, _folder(folder)))


@app.command()
def nodes(folder: Folder = None, as_json: AsJson = False) -> None:
    """Shows the nodes, and which of them get calls."""
    found = Control(_folder(folder)).nodes()
    if as_json:
        print_json(found)
        return
    shown = table("Nodes", "node", "state")
    for node in found:
        shown.add_row(node.uri.removeprefix("sip:"), node.state)
    console().print(shown)


@app.command()
def drain(node: NodeName, folder: Folder = None) -> None:
    """Gives a node no new calls; those it has go on."""
    Control(_folder(folder)).drain(node)


@app.command()
def resume(node: NodeName, folder: Folder = None) -> None:
    """Gives a node calls again."""
    Control(_folder(folder)).resume(node)


@app.command()
def unlock(folder: Folder = None) -> None:
    """Lets in again who was locked out for wrong passwords."""
    Control(_folder(folder)).unlock()


@app.command("reload")
def read_again(plan: PlanFile, folder: Folder = None) -> None:
    """Writes the configuration again, and takes over its accounts, addresses and nodes."""
    where = _folder(folder)
    render(EdgePlan.read(plan), where)
    Control(where).reload()


# --- inside ---------------------------------------------------------------------------------


def _folder(given: Path | None) -> Path:
    return given or Settings.read().data_dir / "edge"


async def _run(plan: EdgePlan, folder: Path) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, asked.set)
    render(plan, folder)
    async with EdgeProcesses(folder) as processes:
        console().print(f"The edge takes calls at {_where(plan)}. Ctrl+C ends it.")
        ending = asyncio.create_task(asked.wait())
        failing = asyncio.create_task(processes.wait())
        await asyncio.wait((ending, failing), return_when=asyncio.FIRST_COMPLETED)
        for task in (ending, failing):
            task.cancel()
        if failing.done() and not failing.cancelled():
            failing.result()


def _where(plan: EdgePlan) -> str:
    outside = plan.outside
    ports = {"udp": outside.udp, "tcp": outside.tcp, "tls": outside.tls, "wss": outside.wss}
    said = [f"{protocol} {outside.address}:{port}" for protocol, port in ports.items() if port]
    return ", ".join(said)
