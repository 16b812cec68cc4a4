"""Kept records on the command line: where they are read from and how they are printed."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

from receptionist.database import Database
from receptionist.settings import Settings

TenantName = Annotated[
    str | None, typer.Option("--tenant", help="Only this tenant.", show_default="all")
]
Limit = Annotated[int, typer.Option(min=1, help="How many, the latest first.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

PIPE_WIDTH = 160


async def open_database() -> Database:
    """Opens the database the settings name."""
    settings = Settings.read()
    return await Database.open(settings.database_url, data_dir=settings.data_dir)


def console() -> Console:
    """Returns where tables are printed; a file or a pipe is as wide as they need."""
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)


def table(title: str, *headings: str) -> Table:
    """Returns an empty table; its first column, which names the row, is never broken."""
    made = Table(title=title, title_justify="left")
    for number, heading in enumerate(headings):
        made.add_column(heading, overflow="fold", no_wrap=number == 0)
    return made


def spoken(text: str) -> Text:
    """Returns what somebody said or typed as text that cannot act on the terminal."""
    return Text("".join(letter if letter.isprintable() else " " for letter in text))


def local_time(moment: datetime) -> str:
    """Returns a moment in this machine's time zone."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def print_json(records: BaseModel | Sequence[BaseModel]) -> None:
    """Prints records as JSON."""
    if isinstance(records, BaseModel):
        data: object = records.model_dump(mode="json")
    else:
        data = [record.model_dump(mode="json") for record in records]
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))
