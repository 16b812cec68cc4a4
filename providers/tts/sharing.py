"""Models that several engines use are loaded once and freed when the last engine is gone."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Shared(Generic[T]):
    """Things by key, each loaded once and kept as long as somebody holds it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: WeakValueDictionary[Hashable, T] = WeakValueDictionary()

    def get(self, key: Hashable, load: Callable[[], T]) -> T:
        """Returns what is held under `key`, loading it first when nobody holds it. Blocking."""
        with self._lock:
            if (held := self._held.get(key)) is None:
                held = self._held[key] = load()
            return held
