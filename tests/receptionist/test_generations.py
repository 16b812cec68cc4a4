"""What a version needs is closed when no call needs it any more, and no sooner."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from receptionist.calls.plan import CallPlan, CallRequest, resolve
from receptionist.generations import GRACE_S, Generation, Generations
from receptionist.loaded import Loaded
from receptionist.loading import load, open_shared
from tests.e2e import product

pytestmark = pytest.mark.integration


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def loaded(tmp_path: Path) -> AsyncGenerator[Loaded]:
    settings = product.settings(tmp_path, product.bundle(tmp_path))
    async with AsyncExitStack() as owned:
        shared, bundle = await open_shared(settings, owned, spoken=())
        yield await load(shared, bundle, owned)


class Versions:
    """Two versions of a tenant; whoever is closed is noted."""

    def __init__(self, loaded: Loaded) -> None:
        self.closed: list[str] = []
        self.first = self._generation(loaded, "first")
        snapshot = replace(loaded.snapshot, version="second")
        self.second = self._generation(replace(loaded, snapshot=snapshot), "second")

    def _generation(self, loaded: Loaded, name: str) -> Generation:
        owned = AsyncExitStack()
        owned.callback(self.closed.append, name)
        return Generation(loaded=loaded, owned=owned)


def planned(loaded: Loaded) -> CallPlan:
    return resolve(loaded.snapshot, CallRequest(call_id="c", channel="text", language="en"))


async def test_a_call_keeps_what_it_began_with_until_it_is_over(loaded: Loaded) -> None:
    versions, clock = Versions(loaded), Clock()
    generations = Generations(versions.first, clock)
    old = planned(generations.now)
    with generations.answering(old) as used:
        generations.replace(versions.second)
        assert generations.now is versions.second.loaded
        assert used is generations.of(old) is versions.first.loaded
        assert generations.of(planned(generations.now)) is versions.second.loaded
        clock.now_s = 10 * GRACE_S
        await generations.close_unused()
        assert versions.closed == []
    await generations.close_unused()
    assert versions.closed == ["first"]
    await generations.close()
    assert versions.closed == ["first", "second"]


async def test_a_call_that_still_rings_finds_what_it_was_planned_with(loaded: Loaded) -> None:
    versions, clock = Versions(loaded), Clock()
    generations = Generations(versions.first, clock)
    ringing = planned(generations.now)
    generations.replace(versions.second)
    clock.now_s = GRACE_S / 2
    await generations.close_unused()
    with generations.answering(ringing) as used:
        assert used is versions.first.loaded
    clock.now_s = GRACE_S
    await generations.close_unused()
    assert versions.closed == ["first"]


async def test_everything_is_closed_at_the_end_the_latest_first(loaded: Loaded) -> None:
    versions = Versions(loaded)
    generations = Generations(versions.first)
    generations.replace(versions.second)
    await generations.close()
    assert versions.closed == ["second", "first"]
