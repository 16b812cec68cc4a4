"""A language model on this machine, such as `llama:qwen2.5-1.5b`; the extra `local-llm`.

It is served by llama.cpp in a process of its own: what goes wrong in there ends that process, not
the calls. It is asked like any other OpenAI-compatible endpoint.
"""

import asyncio
import importlib.util
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Annotated, Any, Self

from loguru import logger
from openai import OpenAIError
from pipecat.adapters.llm.services.open_ai_adapter import OpenAILLMInvocationParams
from pydantic import Field

from providers.contracts import Capabilities, LLMEngine, LLMOptions, LoadContext
from providers.errors import ProviderError
from providers.installation import install_command
from providers.llm.guided_completions import ToolMode
from providers.llm.llama_server import READY
from providers.llm.openai import Milliseconds, OpenAIService, OpenAISettings, SharedClient
from providers.settings import EngineSettings
from providers.spec import ProviderSpec

DEFAULT_MODEL = "qwen2.5-1.5b"
_LOAD_S = 90.0
_END_S = 5.0
_ANSWER_TOKENS = 160
"""What is longer is no answer on the phone, and holds up the other calls."""


class LlamaSettings(EngineSettings):
    """Settings of a `llama` language model.

    Attributes:
        threads: CPU threads for one answer; None is `RECEPTIONIST_ENGINE_THREADS`.
        temperature: Sampling temperature.
        context_tokens: What it can read and write together; memory grows with it.
        tool_mode: How tools are asked for; small models do not make tool calls by themselves.
        first_token_timeout_ms: The answer must begin within this.
        stall_timeout_ms: Longest pause within an answer.
        total_timeout_ms: The answer must end within this.
    """

    threads: Annotated[int, Field(ge=1, le=64)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    context_tokens: Annotated[int, Field(ge=2048, le=131_072)] = 8192
    tool_mode: ToolMode = "json"
    first_token_timeout_ms: Milliseconds = 20_000
    stall_timeout_ms: Milliseconds = 5000
    total_timeout_ms: Milliseconds = 45_000

    def of_endpoint(self, base_url: str) -> OpenAISettings:
        """Returns the settings of the endpoint that serves the model."""
        return OpenAISettings(
            base_url=base_url,
            temperature=self.temperature,
            max_tokens=_ANSWER_TOKENS,
            first_token_timeout_ms=self.first_token_timeout_ms,
            stall_timeout_ms=self.stall_timeout_ms,
            total_timeout_ms=self.total_timeout_ms,
            tool_mode=self.tool_mode,
            # The instructions, the tools and the answer take the rest.
            context_tokens=max(500, self.context_tokens // 3),
        )


class LlamaProcess:
    """The process that serves a model.

    Args:
        model: The GGUF file.
        threads: CPU threads for one answer.
        context_tokens: What the model can read and write together.
    """

    def __init__(self, model: Path, threads: int, context_tokens: int) -> None:
        command = [sys.executable, "-m", "providers.llm.llama_server"]
        self._errors: deque[str] = deque(maxlen=20)
        self._process = subprocess.Popen(
            [*command, str(model), str(threads), str(context_tokens)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        self._reading = threading.Thread(target=self._read_errors, daemon=True)
        self._reading.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def address(self, provider: str) -> str:
        """Returns where it listens, once the model is loaded. Blocking.

        Raises:
            ProviderError: it ended, or did not get ready in time.
        """
        late = threading.Timer(_LOAD_S, self._process.kill)
        late.start()
        assert self._process.stdout
        try:
            for line in self._process.stdout:
                if line.startswith(READY):
                    return line.removeprefix(READY).strip().rstrip("/")
        finally:
            late.cancel()
        self.close()
        said = " ".join(self._errors)[-400:]
        raise ProviderError(f"llama.cpp ended while it was loading: {said}.", provider=provider)

    def close(self) -> None:
        """Ends it. Blocking."""
        process = self._process
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._reading.join(_END_S)
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()

    def _read_errors(self) -> None:
        assert self._process.stderr
        self._errors.extend(line.strip() for line in self._process.stderr)


class LlamaClient(SharedClient):
    """The endpoint's client; warm when the model has read the instructions of the calls."""

    def __init__(self, settings: OpenAISettings, api_key: str) -> None:
        super().__init__(settings, api_key)
        self._read: dict[str, str] = {}

    def was_read(self, instructions: str, whole: str) -> None:
        """Notes what a call with these instructions is really asked, its tools included."""
        self._read[instructions] = whole

    async def read_ahead(self, model: str, instructions: str) -> None:
        """Has the model read what it is told on such a call, which takes it seconds.

        A server keeps what it has read: the question that follows is all it has still to read.
        """
        whole = self._read.get(instructions, instructions)
        try:
            await self.client.chat.completions.create(
                model=model,
                messages=[{"role": "system", "content": whole}],
                max_tokens=1,
            )
        except OpenAIError as error:
            logger.debug(f"{model} did not read ahead: {error}")


class LlamaService(OpenAIService):
    """The brain of one call."""

    def __init__(
        self, shared: LlamaClient, *, model: str, settings: OpenAISettings, options: LLMOptions
    ) -> None:
        super().__init__(shared, model=model, settings=settings, options=options)
        self._llama = shared
        self._model = model
        self._instructions = options.instructions

    async def keep_warm(self) -> None:
        """Has the model read the instructions of the call while the greeting plays."""
        await self._llama.read_ahead(self._model, self._instructions)

    def build_chat_completion_params(
        self, params_from_context: OpenAILLMInvocationParams
    ) -> dict[str, Any]:
        """Returns the parameters of the request, and notes what the model has read with it."""
        params = super().build_chat_completion_params(params_from_context)
        first = params["messages"][0]
        if first["role"] == "system" and first["content"].startswith(self._instructions):
            self._llama.was_read(self._instructions, first["content"])
        return params


class LlamaLLM(LLMEngine):
    """A language model in a GGUF file of the model store."""

    capabilities = Capabilities(streaming=True, local=True)

    def __init__(self, spec: ProviderSpec, settings: LlamaSettings, process: LlamaProcess) -> None:
        super().__init__(spec)
        self._process = process
        self.settings = settings.of_endpoint(f"{process.address(spec.id)}/v1")
        self._shared = LlamaClient(self.settings, "none")

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Starts the server and waits until the model is loaded.

        Raises:
            ProviderError: a setting is wrong, the extra or the model is missing, or llama.cpp ends.
        """
        settings = LlamaSettings.of(spec)
        if importlib.util.find_spec("xllamacpp") is None:
            raise ProviderError(
                "local language models are an extra that is not installed.",
                provider=spec.id,
                fix=f"Run `{install_command('receptionist[local-llm]')}`.",
            )
        model = context.models.folder(spec.model or DEFAULT_MODEL) / "model.gguf"
        threads = settings.threads or context.threads
        return cls(spec, settings, LlamaProcess(model, threads, settings.context_tokens))

    @property
    def pid(self) -> int:
        """The process that serves the model."""
        return self._process.pid

    def service(self, options: LLMOptions) -> LlamaService:
        """Returns a brain that follows the tenant's instructions."""
        model = self.spec.model or DEFAULT_MODEL
        return LlamaService(self._shared, model=model, settings=self.settings, options=options)

    async def probe(self) -> None:
        """Asks for the list of models."""
        await self._shared.client.with_options(timeout=2).models.list()

    async def close(self) -> None:
        """Ends the server."""
        await self._shared.client.close()
        await asyncio.to_thread(self._process.close)
