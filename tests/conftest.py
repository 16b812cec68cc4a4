"""Shared by every test: the clock first, then what a fresh machine has pulled."""

import eval.clock

# isort: split
import warnings
from importlib import import_module

with warnings.catch_warnings():
    # pipecat warns of its own deprecated parts while it is imported; ours are errors.
    warnings.simplefilter("ignore")
    import_module("pipecat.services.tts_service")
    import providers.contracts

# isort: split
import os
from collections.abc import Generator
from typing import Any

import pytest
from loguru import logger

from eval.engines import load
from eval.speech import CallerVoices
from knowledge.index_cache import IndexCache
from providers.models.store import ModelStore
from providers.spec import Slot
from receptionist.settings import Settings
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import load_bundle
from receptionist.tenants.snapshot import TenantSnapshot, compile_snapshot

logger.remove()
IMPORTED_FIRST = (eval.clock, providers.contracts)  # pipecat binds time.time while it is imported


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Any, pytest.TestReport]:
    """With RECEPTIONIST_TEST_NO_SKIP set, as in CI, a test that is skipped has failed."""
    report: pytest.TestReport = yield
    if report.skipped and os.environ.get("RECEPTIONIST_TEST_NO_SKIP"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped and skipping is forbidden: {call.excinfo}"
    return report


@pytest.fixture(scope="session")
def models() -> ModelStore:
    """The models that `make test` has pulled."""
    return ModelStore(Settings().models_dir)


@pytest.fixture(scope="session")
def voices(models: ModelStore) -> CallerVoices:
    """Callers' voices over a telephone line."""
    return CallerVoices(models)


@pytest.fixture(scope="session")
def demo() -> TenantSnapshot:
    """The demo tenant, ready to answer."""
    embedder = load(Slot.EMBEDDINGS, "use-multilingual:default")
    cache = IndexCache(Settings().index_cache_dir)
    return compile_snapshot(load_bundle(DEMO), embedder.embed, cache=cache)
