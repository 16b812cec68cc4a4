"""Telephony, from outside: a telephone that writes its own packets calls the product's SIP stack.

python -m eval.bench telephony [--part NAME ...] [--short-calls 2000] [--packets 5000]
    [--soak-minutes 60] [--json]

The stack runs in a process of its own. Times of packets are the kernel's, so that a telephone that
is late itself makes no gap.
"""

import argparse
import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any

import typer

from eval.telephony_failover import fail_over
from eval.telephony_faults import drain, flushes, garbage, losses, short_calls, stalls
from eval.telephony_load import answer_times, fifty_calls
from eval.telephony_question import questions
from eval.telephony_soak import soak
from receptionist.settings import Settings

SOAK_CALLS = 10

Part = Callable[[argparse.Namespace, Settings], Coroutine[Any, Any, dict[str, Any]]]
PARTS: dict[str, Part] = {
    "answer_times": lambda _asked, _settings: answer_times(),
    "fifty_calls": lambda _asked, _settings: fifty_calls(),
    "stalls": lambda _asked, _settings: stalls(),
    "flushes": lambda _asked, _settings: flushes(),
    "losses": lambda _asked, _settings: losses(),
    "short_calls": lambda asked, _settings: short_calls(asked.short_calls),
    "garbage": lambda asked, _settings: garbage(asked.packets),
    "drain": lambda _asked, _settings: drain(),
    "fail_over": lambda _asked, _settings: fail_over(),
    "questions": lambda _asked, settings: questions(settings),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what can be asked for."""
    group = parser.add_argument_group("telephony")
    group.add_argument("--part", action="append", choices=PARTS, help="only this; may be repeated")
    group.add_argument("--short-calls", type=int, default=2000, help="calls that come and go")
    group.add_argument("--packets", type=int, default=5000, help="spoiled packets sent")
    group.add_argument("--soak-minutes", type=int, default=0, help="keep ten calls up so long")


def measure(asked: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    """Returns the figures, each with the load of the machine when it had been measured."""
    told = dict[str, Any]()
    for name in asked.part or PARTS:
        typer.echo(f"  {name}", err=True)
        figures = asyncio.run(PARTS[name](asked, settings))
        told[name] = figures | {"load_average": round(os.getloadavg()[0], 1)}
    if asked.soak_minutes:
        typer.echo(f"  soak of {asked.soak_minutes} minutes", err=True)
        told["soak"] = asyncio.run(soak(asked.soak_minutes, SOAK_CALLS))
    return told
