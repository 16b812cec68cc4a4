"""What a process leaves out of memory until a tenant needs it."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.integration

HEAVY = ("mcp", "caldav", "icalendar", "pypdf", "docx", "bs4", "markdown_it")
"""For MCP servers, calendars kept elsewhere, and the process that reads documents."""


def loaded_by(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{statement}\nprint(*sys.modules, sep='\\n')"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in done.stdout.split() if name in HEAVY}


def test_a_server_starts_without_the_libraries_few_tenants_need() -> None:
    assert loaded_by("import receptionist.commands.serve") == set()


def test_they_are_loaded_by_what_needs_them() -> None:
    needed = ("tools.remote.mcp_servers", "appointments.caldav")
    statement = "import knowledge.documents.worker\n" + "\n".join(
        f"import receptionist.{module}" for module in needed
    )
    assert loaded_by(statement) == set(HEAVY)
