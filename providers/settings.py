"""Reading what a tenant wrote under `settings` of a provider."""

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from providers.errors import ProviderError
from providers.spec import ProviderSpec


class EngineSettings(BaseModel):
    """Settings of one engine; a subclass declares them, an unknown one is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of(cls, spec: ProviderSpec) -> Self:
        """Returns the settings written in `spec`.

        Raises:
            ProviderError: one is unknown or out of range; the message says which.
        """
        try:
            return cls.model_validate(dict(spec.settings))
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
                for problem in error.errors()
            )
            raise ProviderError(
                f"its settings are wrong: {problems}.",
                provider=spec.id,
                fix=f"Known settings: {', '.join(cls.model_fields) or 'none'}.",
            ) from error
