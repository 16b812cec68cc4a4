"""The two modules of baresip-python that its own interface does not show."""

from importlib import import_module
from typing import Any

native: Any = import_module("baresip._native")
"""Commands of the stack, by number."""
events: Any = import_module("baresip._events")
"""Where what the stack reports enters Python."""
