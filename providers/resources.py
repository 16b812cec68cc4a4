"""Engines of this process: each loaded once, off the event loop, and shared by all calls."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from loguru import logger

from providers.contracts import Embedder, Engine, LoadContext, ModelFolders
from providers.errors import ProviderError
from providers.registry import Registry, missing_package
from providers.spec import ProviderSpec, Slot

if TYPE_CHECKING:
    from providers.tts.cache import PhraseCache

_LOADERS = 2  # two cores are the reference machine


class ProcessResources:
    """Loads engines and keeps them until the process ends.

    Two specs are the same engine when slot, id, settings and secret references agree.
    A failed load is forgotten, so that it can be tried again once the fault is mended.

    Args:
        models: The model store.
        phrases: The phrase cache shared by all voices.
        secret: Resolves a secret reference; see `LoadContext`.
        threads: CPU threads one engine may use for one request.
        registry: Knows the engines.
    """

    def __init__(
        self,
        *,
        models: ModelFolders,
        phrases: "PhraseCache",
        secret: Callable[[str, str], str],
        threads: int = 2,
        registry: Registry | None = None,
    ) -> None:
        self._registry = registry or Registry()
        self._context = LoadContext(
            models=models,
            secret=secret,
            threads=threads,
            phrases=phrases,
            embedder=self._load_embedder_here,
        )
        self._lock = threading.Lock()
        self._engines: dict[tuple[Slot, str], Future[Engine]] = {}
        self._closed = False
        # Loading an engine may wait for an embedder; with threads of their own, embedders never
        # queue behind those that wait for them.
        self._loaders = ThreadPoolExecutor(_LOADERS, thread_name_prefix="engine-load")
        self._embedder_loader = ThreadPoolExecutor(1, thread_name_prefix="embedder-load")

    async def load(self, slot: Slot, spec: ProviderSpec) -> Engine:
        """Returns the engine of `spec`, loading and warming it up when it is not there yet.

        Raises:
            ProviderError: it cannot be set up; `fix` says what to do.
        """
        future, is_ours = self._claim(slot, spec)
        if is_ours:
            pool = self._embedder_loader if slot is Slot.EMBEDDINGS else self._loaders
            pool.submit(self._fulfil, future, slot, spec)
        # Others wait for the same load: one that gives up must not cancel it.
        return await asyncio.shield(asyncio.wrap_future(future))

    def get(self, slot: Slot, spec: ProviderSpec) -> Engine:
        """Returns the engine of `spec`, loaded before.

        Raises:
            ProviderError: it is not loaded.
        """
        with self._lock:
            future = self._engines.get((slot, spec.key))
        if future is None or not future.done():
            raise ProviderError(
                f"the {slot.value} engine is not loaded.",
                provider=spec.id,
                fix="Load it before the first call.",
            )
        return future.result()

    async def close(self) -> None:
        """Closes all engines, the last loaded first; nothing can be loaded afterwards."""
        with self._lock:
            self._closed = True
            futures = list(self._engines.values())
        outcomes = await asyncio.gather(*map(asyncio.wrap_future, futures), return_exceptions=True)
        self._loaders.shutdown(wait=False)
        self._embedder_loader.shutdown(wait=False)
        for engine in reversed(outcomes):
            if isinstance(engine, Engine):
                await _close(engine)
        with self._lock:
            self._engines.clear()

    def _claim(self, slot: Slot, spec: ProviderSpec) -> tuple[Future[Engine], bool]:
        """Returns the load of `spec` and whether the caller is the one to do it."""
        key = (slot, spec.key)
        with self._lock:
            if self._closed:
                raise ProviderError("the process is closing.", provider=spec.id)
            if key in self._engines:
                return self._engines[key], False
            future = self._engines[key] = Future[Engine]()
            future.set_running_or_notify_cancel()
            return future, True

    def _fulfil(self, future: Future[Engine], slot: Slot, spec: ProviderSpec) -> None:
        try:
            engine = self._load(slot, spec)
        except ProviderError as error:
            with self._lock:
                self._engines.pop((slot, spec.key), None)
            future.set_exception(error)
        else:
            future.set_result(engine)

    def _load(self, slot: Slot, spec: ProviderSpec) -> Engine:
        try:
            engine = self._registry.engine_class(slot, spec).load(spec, self._context)
            engine.warm_up()
        except ProviderError:
            raise
        except ImportError as error:
            raise missing_package(error, spec) from error
        except (Exception, SystemExit) as error:
            # Whatever a vendor's library raises, callers know one error type.
            message = f"it cannot be loaded: {type(error).__name__}: {error}."
            raise ProviderError(message, provider=spec.id) from error
        return engine

    def _load_embedder_here(self, spec: ProviderSpec) -> Embedder:
        """Returns an embedder to an engine that is being loaded, in the thread of that engine."""
        future, is_ours = self._claim(Slot.EMBEDDINGS, spec)
        if is_ours:
            self._fulfil(future, Slot.EMBEDDINGS, spec)
        engine = future.result()
        if not isinstance(engine, Embedder):
            raise ProviderError("this engine gives no embeddings.", provider=spec.id)
        return engine


async def _close(engine: Engine) -> None:
    try:
        await engine.close()
    except Exception as error:
        logger.warning(f"{engine.spec.id} did not close cleanly: {error}")
