"""What baresip-python has below its own interface; tried with the version that is pinned."""

import ctypes
from importlib import import_module
from typing import Any

native: Any = import_module("baresip._native")
"""Commands of the stack, by number."""
events: Any = import_module("baresip._events")
"""Where what the stack reports enters Python."""
library = ctypes.CDLL(native.__file__)
"""The stack below: baresip and libre."""
