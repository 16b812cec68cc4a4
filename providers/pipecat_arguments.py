"""What a tenant wrote about a pipecat service, sorted into where that service wants it.

A value is a field of the service's `Settings` where there is one (its model, its voice, what can
change during a call), else a parameter of its constructor.
"""

import dataclasses
import inspect
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipecat.cli.registry.service_metadata import ServiceDefinition
from pipecat.services.ai_service import AIService
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from providers.contracts import LoadContext
from providers.errors import ProviderError
from providers.spec import ProviderSpec

SESSION = "aiohttp_session"
_OURS = {"self", "settings", "params", "input_params", "live_options", SESSION, "http_client"}
"""Given by us, or the older spelling of fields of `Settings`."""
_OURS_IN_SETTINGS = {
    "system_instruction",
    "filter_incomplete_user_turns",
    "user_turn_completion_config",
}
"""The prompt comes from the tenant; turns are our pipeline's business."""
_SECRET = re.compile(r"(api_key|token|secret|password|credentials)$")
_ADDRESSES = {"base_url", "url", "ws_url", "endpoint", "server"}


@dataclass(frozen=True)
class Shape:
    """What the constructor of a service takes."""

    service: type[Any]

    @cached_property
    def own(self) -> Mapping[str, inspect.Parameter]:
        """Parameters named by the service's own constructor."""
        return inspect.signature(self.service.__init__).parameters

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """Types of all parameters a tenant may set, with those passed on to the base classes."""
        found: dict[str, Any] = {}
        for base in self.service.__mro__:
            if base is AIService:
                break
            if "__init__" not in base.__dict__:
                continue
            hints = _hints(base.__init__)
            named = inspect.signature(base.__init__).parameters
            for name, parameter in named.items():
                if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                    found.setdefault(name, hints.get(name, Any))
            if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in named.values()):
                break
        hidden = _OURS | self.fields.keys() | self.aliases.keys()
        return {name: found[name] for name in found if name not in hidden}

    @cached_property
    def fields(self) -> Mapping[str, Any]:
        """Fields of the service's `Settings` and their types."""
        names = {field.name for field in dataclasses.fields(self.service.Settings)}
        hints = _hints(self.service.Settings)
        return {name: hints.get(name, Any) for name in sorted(names - _OURS_IN_SETTINGS)}

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Other spellings of fields."""
        return getattr(self.service.Settings, "_aliases", {})

    @cached_property
    def takes_session(self) -> bool:
        """Says whether it wants an HTTP session."""
        return SESSION in self.own

    @cached_property
    def required(self) -> set[str]:
        """Parameters without a default."""
        return {
            name
            for name, parameter in self.own.items()
            if name in self.parameters and parameter.default is parameter.empty
        }

    @cached_property
    def is_local(self) -> bool:
        """Says whether it works in this process: it knows no address, no region and no key."""
        remote = _ADDRESSES | {"api_key", "region", "endpoint_name", "credentials"}
        return not remote & self.parameters.keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """Values for one service: constructor parameters and fields of `Settings`."""

    parameters: Mapping[str, Any]
    fields: Mapping[str, Any]


def arguments(
    shape: Shape, definition: ServiceDefinition, spec: ProviderSpec, context: LoadContext
) -> Arguments:
    """Sorts the settings and secrets of `spec`.

    Raises:
        ProviderError: something is unknown, of the wrong type, missing or a secret in plain text.
    """
    parameters: dict[str, Any] = {}
    fields: dict[str, Any] = {}
    for name, value in spec.settings.items():
        _refuse_plain_secret(name, shape, definition, spec)
        field = shape.aliases.get(name, name)
        if field in shape.fields:
            fields[field] = _checked(name, value, shape.fields[field], spec)
        elif name in shape.parameters:
            parameters[name] = _checked(name, value, shape.parameters[name], spec)
        else:
            raise _unknown("setting", name, [*shape.parameters, *shape.fields], spec)
    for name, reference in spec.secrets.items():
        if name not in shape.parameters:
            raise _unknown("secret", name, secret_names(shape) or ["none"], spec)
        parameters[name] = context.secret(spec.id, reference)
    _require(shape, definition, spec, parameters.keys())
    return Arguments(parameters=parameters, fields=fields)


def secret_names(shape: Shape) -> list[str]:
    """Returns the parameters that hold a secret."""
    return [name for name in shape.parameters if _SECRET.search(name)]


def _require(
    shape: Shape, definition: ServiceDefinition, spec: ProviderSpec, given: typing.AbstractSet[str]
) -> None:
    required = set(shape.required)
    # Without an explicit key several vendors' libraries look for one in the environment.
    if "api_key" in (definition.include_params or []) and not given & _ADDRESSES:
        required.add("api_key")
    for name in sorted(required - given):
        how = (
            f"secrets: {{{name}: env:{_variable(definition, name)}}}"
            if _SECRET.search(name)
            else f"settings: {{{name}: …}}"
        )
        raise ProviderError(
            f"{definition.label} needs {name!r}.",
            provider=spec.id,
            fix=f"Add `{how}` to the provider.",
        )


def _refuse_plain_secret(
    name: str, shape: Shape, definition: ServiceDefinition, spec: ProviderSpec
) -> None:
    if name in secret_names(shape):
        raise ProviderError(
            f"the secret {name!r} stands among the settings.",
            provider=spec.id,
            fix=f"Move it to `secrets: {{{name}: env:{_variable(definition, name)}}}`.",
        )


def _variable(definition: ServiceDefinition, name: str) -> str:
    prefix = f"{definition.env_prefix}_" if definition.env_prefix else ""
    return prefix + name.upper().removeprefix(prefix)


def _unknown(kind: str, name: str, valid: list[str], spec: ProviderSpec) -> ProviderError:
    names = ", ".join(sorted(valid))
    return ProviderError(
        f"unknown {kind} {name!r}.", provider=spec.id, fix=f"Valid names: {names}."
    )


def _checked(name: str, value: Any, hint: Any, spec: ProviderSpec) -> Any:
    """Turns what YAML can hold into what the service declares: enums, models, lists of them."""
    try:
        # A union may have a configuration; a model on its own refuses one.
        union: Any = hint | None
        kind: TypeAdapter[Any] = TypeAdapter(union, config=ConfigDict(arbitrary_types_allowed=True))
    except (PydanticUserError, TypeError):
        return value
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise ProviderError(
            f"the setting {name!r} is {value!r}: {problem}.",
            provider=spec.id,
            fix=f"Correct {name!r}.",
        ) from error


def _hints(of: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(of)
    except (NameError, TypeError):
        return {}
