"""`receptionist serve` with several workers: starts them, looks after them, ends them."""

import asyncio
from collections.abc import Callable

from rich.console import Console

from receptionist.commands.stopping import stopping
from receptionist.errors import ConfigurationError
from receptionist.settings import Settings
from receptionist.workers.fleet import Fleet, Worker
from receptionist.workers.process import ServingWorker

HIGHEST_PORT = 65535


async def serve_fleet(settings: Settings, console: Console) -> None:
    """Runs the workers that the settings ask for until the process is told to end.

    Raises:
        ConfigurationError: there are not enough ports for them.
    """

    async def launch(slot: int) -> Worker:
        return await ServingWorker.launch(settings, slot, fleet.slots)

    fleet = Fleet(settings.workers, launch, drain_s=settings.drain_minutes * 60)
    _check_ports(settings, fleet.slots)
    console.print(
        f"{settings.workers} workers: pages from http://{settings.host}:{settings.port} on"
        + (f", SIP from {settings.sip_host}:{settings.sip_port} on" if settings.sip else "")
        + f"; {fleet.slots} ports each, for those that are replaced. Ctrl-C ends.",
        highlight=False,
        soft_wrap=True,
    )
    with stopping() as told:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(fleet.run(), name="fleet")
            obeying = group.create_task(_obey(told.drain, fleet.drain), name="drain")
            stopping_now = group.create_task(_obey(told.stop, fleet.stop), name="stop")
            await running
            obeying.cancel()
            stopping_now.cancel()


async def _obey(told: asyncio.Event, do: Callable[[], None]) -> None:
    await told.wait()
    do()


def _check_ports(settings: Settings, slots: int) -> None:
    if settings.port == 0:
        raise ConfigurationError(
            "Several workers need ports that are known: set RECEPTIONIST_PORT to the first of them."
        )
    for name, first in (("PORT", settings.port), ("SIP_PORT", settings.sip_port)):
        if first + slots - 1 > HIGHEST_PORT:
            raise ConfigurationError(
                f"{settings.workers} workers need {slots} ports from RECEPTIONIST_{name} on;"
                f" {first} is too high."
            )
