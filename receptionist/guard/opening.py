"""Makes the guard of the product: its policy, and the head with the model it was taught with."""

import asyncio
from pathlib import Path

from guardrails.guard import Guard
from guardrails.head.head import load_head
from guardrails.head.weights import HeadError
from guardrails.policy.loader import load_policy
from guardrails.policy.models import Policy
from guardrails.policy.problem import PolicyError
from guardrails.policy.tightening import Tightening, tightened
from providers.contracts import Embedder
from providers.errors import ProviderError
from providers.resources import ProcessResources
from providers.spec import ProviderSpec, Slot
from receptionist.errors import ConfigurationError, from_provider

MODEL = ProviderSpec(id="use-multilingual:default")
"""Whatever a tenant searches with: the head was taught with this one."""


async def open_guard(
    resources: ProcessResources,
    cache: Path | None = None,
    tightening: Tightening | None = None,
    known: Guard | None = None,
) -> Guard:
    """Returns a guard that judges by rules and by meaning.

    Args:
        resources: Of the process; the model may be in use already.
        cache: Folder for what was compiled; None keeps nothing.
        tightening: What is stricter for a tenant.
        known: A guard of this process; it is returned when it judges by the same policy.

    Raises:
        ConfigurationError: the policy or the weights of the head cannot be used.
    """
    policy = await asyncio.to_thread(opened_policy, cache, tightening)
    if known is not None and known.knows_meaning and known.policy_hash == policy.hash:
        return known
    try:
        model = await resources.load(Slot.EMBEDDINGS, MODEL)
    except ProviderError as error:
        raise from_provider(error) from error
    assert isinstance(model, Embedder)
    try:
        head = await asyncio.to_thread(load_head, policy, model.embed)
        # Its tables take a second to make, while calls may run.
        return await asyncio.to_thread(Guard, policy, head)
    except HeadError as error:
        raise ConfigurationError(str(error)) from error


def opened_policy(cache: Path | None = None, tightening: Tightening | None = None) -> Policy:
    """Returns the policy of the product, or the stricter one of a tenant.

    Args:
        cache: Folder for what was compiled; None keeps nothing.
        tightening: What is stricter for a tenant.

    Raises:
        ConfigurationError: it has a mistake; with all of them.
    """
    try:
        policy = load_policy(cache=cache)
        return tightened(policy, tightening, "guard.yaml") if tightening else policy
    except PolicyError as error:
        raise ConfigurationError(str(error)) from error
