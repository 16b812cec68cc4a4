"""What baresip-python has below its own interface; tried with the version that is pinned."""

import ctypes
from importlib import import_module
from typing import Any

import baresip

VERSION = "0.5.2a3"
"""What is called here is no part of the package's interface: another version must be tried."""

native: Any = import_module("baresip._native")
"""Commands of the stack, by number."""
events: Any = import_module("baresip._events")
"""Where what the stack reports enters Python."""
library = ctypes.CDLL(native.__file__)
"""The stack below: baresip and libre."""
_at_once = ctypes.PyDLL(native.__file__)


def tried() -> bool:
    """Returns whether the package is the version that this was tried with."""
    return baresip.__version__ == VERSION


def function(name: str, returns: Any, *takes: Any) -> Any:
    """Returns a function of the stack below."""
    return _typed(library, name, returns, takes)


def glance(name: str, returns: Any, *takes: Any) -> Any:
    """Returns a function of the stack that only looks something up.

    The interpreter is not let go meanwhile: to get it back may take 5 ms, as often as it is called.
    """
    return _typed(_at_once, name, returns, takes)


def _typed(where: ctypes.CDLL, name: str, returns: Any, takes: tuple[Any, ...]) -> Any:
    found = getattr(where, name)
    found.restype, found.argtypes = returns, takes
    return found
