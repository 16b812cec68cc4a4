"""Settings that speech engines understand, read from a provider spec."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from providers.errors import ProviderError
from providers.spec import ProviderSpec

Speed = Annotated[float, Field(ge=0.5, le=2.0)]


class VoiceSettings(BaseModel):
    """What every speech engine takes.

    Attributes:
        speed: How fast it speaks; 1.0 is the voice's own pace.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    speed: Speed = 1.0


S = TypeVar("S", bound=BaseModel)


def parse_settings(kind: type[S], spec: ProviderSpec) -> S:
    """Returns the settings of `spec` as `kind`.

    Raises:
        ProviderError: a setting is unknown or has a wrong value.
    """
    try:
        return kind.model_validate(dict(spec.settings))
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
            for found in error.errors()
        )
        raise ProviderError(
            f"settings are wrong: {problems}.",
            provider=spec.id,
            fix=f"Use only {', '.join(kind.model_fields)}.",
        ) from error
