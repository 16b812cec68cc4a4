"""A language model on this machine, in a process of its own."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import LLMContextFrame
from pipecat.processors.aggregators.llm_context import LLMContext

from eval.engines import load
from providers.contracts import LLMOptions
from providers.errors import ProviderError
from providers.llm.llama import LlamaLLM
from providers.models.store import ModelStore
from providers.spec import Slot
from tests.providers.llm.asking import Heard, ask

pytestmark = pytest.mark.integration

SMALL = "llama:smollm2-135m"
HOURS = FunctionSchema(
    name="check_hours", description="Works out hours.", properties={}, required=[]
)


@asynccontextmanager
async def llama(models: ModelStore, **settings: Any) -> AsyncGenerator[LlamaLLM]:
    patient = {"first_token_timeout_ms": 120_000, "total_timeout_ms": 180_000}
    settings = {"threads": 1, "context_tokens": 2048, **patient, **settings}
    engine: LlamaLLM = await asyncio.to_thread(load, Slot.LLM, SMALL, settings, models)
    try:
        yield engine
    finally:
        await engine.close()


async def answer(engine: LlamaLLM, **context: Any) -> Heard:
    service = engine.service(LLMOptions(language="en", instructions="Be brief."))
    asked = LLMContext([{"role": "user", "content": "Say hello to the caller."}], **context)
    return await ask(service, LLMContextFrame(asked))


async def test_a_local_model_answers_in_json_of_which_only_the_words_are_spoken(
    models: ModelStore,
) -> None:
    async with llama(models) as engine:
        heard = await answer(engine, tools=ToolsSchema(standard_tools=[HOURS]))
        assert not heard.errors
        assert heard.said.strip()
        assert not set('{}"') & set(heard.said[:1])
        assert '"say"' not in heard.said
        await engine.probe()


async def test_a_model_process_that_dies_is_an_error_of_its_calls_and_not_their_end(
    models: ModelStore,
) -> None:
    async with llama(models, tool_mode="native") as engine:
        os.kill(engine.pid, signal.SIGKILL)
        heard = await answer(engine)
        assert heard.errors
        with pytest.raises(Exception, match="onnect"):
            await engine.probe()


def test_a_file_that_is_no_model_says_so(tmp_path: Path) -> None:
    class Broken:
        def folder(self, name: str) -> Path:
            (tmp_path / "model.gguf").write_bytes(b"no model")
            return tmp_path

    with pytest.raises(ProviderError, match=r"llama\.cpp ended while it was loading"):
        load(Slot.LLM, SMALL, models=Broken())


def test_without_the_extra_the_error_names_it(
    models: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found(_name: str) -> None:
        return None

    monkeypatch.setattr("importlib.util.find_spec", found)
    with pytest.raises(ProviderError, match=r"pip install 'receptionist\[local-llm\]'"):
        load(Slot.LLM, SMALL, models=models)
