"""How a missing package is installed into the Python that runs."""

import os
import shlex
import sys
from pathlib import Path


def install_command(requirement: str) -> str:
    """Returns the shell command that installs `requirement`.

    It names the interpreter: the `pip` on the path may be that of the system, which many
    distributions protect against installs.
    """
    return f"{shlex.quote(_interpreter())} -m pip install {shlex.quote(requirement)}"


def _interpreter() -> str:
    path = Path(sys.executable or "python3")
    here = Path.cwd()
    return os.fspath(path.relative_to(here) if path.is_relative_to(here) else path)
