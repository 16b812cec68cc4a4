"""The OpenAI-compatible brain, asked one question, and what it brought."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipecat.frames.frames import ErrorFrame, Frame, LLMContextFrame, LLMTextFrame
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.frame_processor import FrameProcessor
from pipecat.tests.utils import run_test

from eval.engines import NoModels
from providers.contracts import LLMOptions, LoadContext
from providers.errors import ProviderError
from providers.llm.openai import OpenAILLM
from providers.spec import ProviderSpec
from tests.providers.llm.endpoint import Answer, Endpoint, serving


def secret(provider: str, reference: str) -> str:
    del provider
    return f"<{reference}>"


def load_context() -> LoadContext:
    def embedder(spec: ProviderSpec) -> Any:
        raise ProviderError("no embedder", provider=spec.id)

    return LoadContext(
        models=NoModels(),
        secret=secret,
        threads=1,
        phrases=None,  # pyright: ignore[reportArgumentType] - a language model has no use for it
        embedder=embedder,
    )


def engine(base_url: str, **settings: Any) -> OpenAILLM:
    given = {"base_url": base_url, "first_token_timeout_ms": 2000} | settings
    return OpenAILLM.load(ProviderSpec(id="openai:m", settings=given), load_context())


@dataclass
class Heard:
    """What one question brought."""

    down: Sequence[Frame]
    up: Sequence[Frame]

    @property
    def said(self) -> str:
        return "".join(f.text for f in self.down if isinstance(f, LLMTextFrame))

    @property
    def errors(self) -> list[ErrorFrame]:
        return [frame for frame in self.up if isinstance(frame, ErrorFrame)]

    def count(self, kind: type[Frame]) -> int:
        return sum(isinstance(frame, kind) for frame in self.down)


def question(text: str = "when do you open") -> LLMContextFrame:
    return LLMContextFrame(LLMContext([{"role": "user", "content": text}]))


async def ask(service: FrameProcessor, *frames: Frame) -> Heard:
    down, up = await run_test(service, frames_to_send=frames or (question(),))
    return Heard(down, up)


async def ask_once(*answers: Answer, **settings: Any) -> tuple[Heard, Endpoint]:
    async with serving(*answers) as endpoint:
        llm = engine(endpoint.base_url, **settings)
        heard = await ask(llm.service(LLMOptions(language="en", instructions="Be brief.")))
        await llm.close()
    return heard, endpoint
