"""Asks a tenant's language model about what the guardrails doubt, where the operator wants that.

It confirms doubts and clears nothing; without its answer everything stays as the others judged it.
"""

from contextlib import AsyncExitStack
from dataclasses import replace

from guardrails.guard import Guard
from guardrails.judge import Ask, LanguageModelJudge
from providers.errors import ProviderError
from providers.llm.openai import OpenAILLM
from providers.resources import ProcessResources
from providers.spec import ProviderSpec, Slot
from receptionist.errors import ConfigurationError, from_provider
from receptionist.guard.contract import Guards
from receptionist.guard.weighing import WeighingThread
from receptionist.settings import Settings
from receptionist.tenants.config import TenantConfig

_SCHEME = "openai"
_AT_ONCE = 4
"""Turns that are asked about at once."""


def model_asked(settings: Settings, config: TenantConfig) -> ProviderSpec | None:
    """Returns the language model that is asked; None where none is to be.

    Raises:
        ConfigurationError: one is wanted, and the tenant has none.
    """
    if settings.guard_judge == "off":
        return None
    for spec in config.engines.llm:
        if spec.scheme == _SCHEME:
            return spec
    raise ConfigurationError(
        "RECEPTIONIST_GUARD_JUDGE is 'llm', but the tenant has no language model behind an address:"
        " name one (openai:…) in engines.llm of tenant.yaml, or set it to 'off'."
    )


async def open_ask(
    settings: Settings, config: TenantConfig, resources: ProcessResources
) -> Ask | None:
    """Returns what asks the language model of a tenant; None where none is to be asked.

    Raises:
        ConfigurationError: one is wanted, and cannot be had.
    """
    spec = model_asked(settings, config)
    if spec is None:
        return None
    try:
        engine = await resources.load(Slot.LLM, spec)
    except ProviderError as error:
        raise from_provider(error) from error
    assert isinstance(engine, OpenAILLM)
    return engine.ask


def asking(guards: Guards, guard: Guard, ask: Ask | None, owned: AsyncExitStack) -> Guards:
    """Returns `guards` whose calls ask a language model beside the brain.

    Args:
        guards: Of the process.
        guard: Whose doubts are asked about.
        ask: Asks the model; None leaves all as it is.
        owned: Is given what must be closed.
    """
    if ask is None:
        return guards
    judge = LanguageModelJudge(guard, ask)
    owned.callback(judge.close)
    thread = WeighingThread(judge.turn, _AT_ONCE)
    owned.callback(thread.close)
    return replace(guards, objects=thread)
