"""Language models behind any OpenAI-compatible address."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from loguru import logger
from openai import AsyncOpenAI, DefaultAsyncHttpxClient, OpenAI, OpenAIError
from pipecat.frames.frames import StartFrame
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.utils.http import connection_limits
from pydantic import Field

from providers.contracts import Capabilities, LLMEngine, LLMOptions, LoadContext
from providers.errors import ProviderError
from providers.llm.guided_completions import GuidedCompletions, ToolHabits, ToolMode
from providers.llm.watched_completions import WatchedCompletions
from providers.llm.watched_stream import Patience
from providers.settings import EngineSettings
from providers.spec import ProviderSpec

OPENAI_URL = "https://api.openai.com/v1"
_DEFAULT_MODEL = "gpt-4.1"
_WARM_UP_S = 2.0
"""An endpoint that lists its models slower than this is left to the first question."""
_PROBE_TOKENS = 16
"""The least that every server takes."""
_WARM_FOR_S = 30.0
"""Load balancers commonly close a connection that is idle for longer than 60 s."""

Milliseconds = Annotated[int, Field(gt=0)]


class OpenAISettings(EngineSettings):
    """Settings of an `openai` language model.

    Attributes:
        base_url: Where the API is.
        temperature: Sampling temperature; None is the server's own.
        max_tokens: Longest answer; None is the server's own.
        first_token_timeout_ms: The answer must begin within this.
        stall_timeout_ms: Longest pause within an answer.
        total_timeout_ms: The answer must end within this.
        supports_developer_role: The API knows "developer" messages; None is: OpenAI's does.
        tool_mode: How tools are asked for: `native`, `json`, or `auto` (see `ToolHabits`).
        context_tokens: Longest conversation the model is given to read, its instructions aside.
    """

    base_url: Annotated[str, Field(pattern=r"^https?://")] = OPENAI_URL
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(gt=0)] | None = None
    first_token_timeout_ms: Milliseconds = 4000
    stall_timeout_ms: Milliseconds = 3000
    total_timeout_ms: Milliseconds = 30_000
    supports_developer_role: bool | None = None
    tool_mode: ToolMode = "auto"
    context_tokens: Annotated[int, Field(ge=500)] = 6000

    @property
    def is_openai(self) -> bool:
        """Says whether the address is OpenAI's own."""
        return urlsplit(self.base_url).hostname == urlsplit(OPENAI_URL).hostname

    @property
    def patience(self) -> Patience:
        """The time-outs in seconds."""
        return Patience(
            first_token_s=self.first_token_timeout_ms / 1000,
            stall_s=self.stall_timeout_ms / 1000,
            total_s=self.total_timeout_ms / 1000,
        )


class SharedClient:
    """The one client of an engine, with the connections all calls share.

    Attributes:
        client: The client.
        habits: How the model is asked for tools.
    """

    def __init__(self, settings: OpenAISettings, api_key: str) -> None:
        # Whoever waits on the phone is better served by the next engine than by a retry.
        self.client = AsyncOpenAI(
            api_key=api_key,
            base_url=settings.base_url,
            max_retries=0,
            timeout=settings.patience.total_s,
            http_client=DefaultAsyncHttpxClient(
                limits=connection_limits(
                    max_keepalive_connections=100, max_connections=1000, keepalive_expiry=None
                )
            ),
        )
        self.habits = ToolHabits(settings.tool_mode)
        self._used_s: float | None = None

    def touch(self) -> None:
        """Notes that a connection is in use now."""
        self._used_s = asyncio.get_running_loop().time()

    async def keep_warm(self) -> None:
        """Opens a connection unless one was used lately, so that no question waits for TLS."""
        now_s = asyncio.get_running_loop().time()
        if self._used_s is not None and now_s - self._used_s < _WARM_FOR_S:
            return
        self.touch()
        try:
            await self.client.with_options(timeout=_WARM_UP_S).models.list()
        except OpenAIError as error:
            logger.debug(f"no warm connection to {self.client.base_url}: {error}")


class OpenAIService(GuidedCompletions, WatchedCompletions, OpenAILLMService):
    """The brain of one call on the engine's shared client."""

    def __init__(
        self, shared: SharedClient, *, model: str, settings: OpenAISettings, options: LLMOptions
    ) -> None:
        self._shared = shared
        self.patience = settings.patience
        self.guide = options.guide
        self.habits = shared.habits
        self.budget_tokens = settings.context_tokens
        super().__init__(settings=_service_settings(model, settings, options.instructions))
        self.supports_developer_role = (
            settings.is_openai
            if settings.supports_developer_role is None
            else settings.supports_developer_role
        )
        self._warming: asyncio.Task[None] | None = None

    def create_client(self, *args: Any, **kwargs: Any) -> AsyncOpenAI:
        """Returns the shared client."""
        return self._shared.client

    async def get_chat_completions(self, context: LLMContext) -> Any:
        """Asks the model and returns its answer as a watched stream."""
        self._shared.touch()
        return await super().get_chat_completions(context)

    async def start(self, frame: StartFrame) -> None:
        """Warms the connection while the greeting plays."""
        await super().start(frame)
        self._warming = self.create_task(self.keep_warm(), "keep_warm")

    async def keep_warm(self) -> None:
        """Gets ready for the first question."""
        await self._shared.keep_warm()

    async def cleanup(self) -> None:
        """Stops warming."""
        if self._warming:
            await self.cancel_task(self._warming)
            self._warming = None
        await super().cleanup()


def _service_settings(
    model: str, settings: OpenAISettings, instructions: str
) -> OpenAILLMService.Settings:
    given = OpenAILLMService.Settings(model=model, system_instruction=instructions or None)
    if settings.temperature is not None:
        given.temperature = settings.temperature
    if settings.max_tokens is not None and settings.is_openai:
        given.max_completion_tokens = settings.max_tokens
    elif settings.max_tokens is not None:
        given.max_tokens = settings.max_tokens
    return given


class OpenAILLM(LLMEngine):
    """A language model behind an OpenAI-compatible address, such as `openai:gpt-4.1`."""

    capabilities = Capabilities(streaming=True, local=False)

    def __init__(self, spec: ProviderSpec, settings: OpenAISettings, api_key: str) -> None:
        super().__init__(spec)
        self.settings = settings
        self._api_key = api_key
        self._shared = SharedClient(settings, api_key)
        # Whoever asks from a thread has no loop, on which the shared client lives.
        self._asking = OpenAI(api_key=api_key, base_url=settings.base_url, max_retries=0)

    @classmethod
    def load(cls, spec: ProviderSpec, context: LoadContext) -> Self:
        """Reads the settings and opens the client.

        Raises:
            ProviderError: a setting is wrong or OpenAI's key is missing.
        """
        settings = OpenAISettings.of(spec)
        if unknown := spec.secrets.keys() - {"api_key"}:
            raise ProviderError(
                f"unknown secret {sorted(unknown)}.", provider=spec.id, fix="Name it `api_key`."
            )
        reference = spec.secrets.get("api_key")
        if reference is None and settings.is_openai:
            raise ProviderError(
                "OpenAI wants a key.",
                provider=spec.id,
                fix="Add `secrets: {api_key: env:OPENAI_API_KEY}` to the provider.",
            )
        # Without a key the SDK would send the one in OPENAI_API_KEY to any address.
        api_key = context.secret(spec.id, reference) if reference else "none"
        return cls(spec, settings, api_key)

    def warm_up(self) -> None:
        """Asks for the list of models, so that a wrong address or key is known at start-up."""
        with OpenAI(
            api_key=self._api_key,
            base_url=self.settings.base_url,
            max_retries=0,
            timeout=_WARM_UP_S,
        ) as client:
            try:
                client.models.list()
            except OpenAIError as error:
                logger.warning(f"{self.spec.id} does not answer yet: {error}")

    def service(self, options: LLMOptions) -> OpenAIService:
        """Returns a brain that follows the tenant's instructions."""
        return OpenAIService(
            self._shared,
            model=self.spec.model or _DEFAULT_MODEL,
            settings=self.settings,
            options=options,
        )

    async def probe(self) -> None:
        """Has one word written: a server that lists its models may still answer nobody."""
        limit = "max_completion_tokens" if self.settings.is_openai else "max_tokens"
        words = await self._shared.client.chat.completions.create(
            model=self.spec.model or _DEFAULT_MODEL,
            messages=[{"role": "user", "content": "Say yes."}],
            stream=True,
            timeout=self.settings.patience.first_token_s,
            extra_body={limit: _PROBE_TOKENS},
        )
        if not [word async for word in words]:
            raise ProviderError("it answers without a word.", provider=self.spec.id)

    def ask(self, messages: Sequence[Mapping[str, str]], limit_s: float) -> str:
        """Returns the answer to `messages`, some words long, within `limit_s`. Blocking.

        Raises:
            OpenAIError: there is none.
        """
        limit = "max_completion_tokens" if self.settings.is_openai else "max_tokens"
        written: Any = list(messages)
        answer = self._asking.with_options(timeout=limit_s).chat.completions.create(
            model=self.spec.model or _DEFAULT_MODEL,
            messages=written,
            temperature=0,
            extra_body={limit: _PROBE_TOKENS},
        )
        return answer.choices[0].message.content or ""

    async def close(self) -> None:
        """Closes the connections."""
        self._asking.close()
        await self._shared.client.close()
