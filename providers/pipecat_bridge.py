"""Builds the services of one engine from what the tenant wrote."""

import asyncio
from collections.abc import Sequence
from typing import Any

import aiohttp
from pipecat.services.gladia.config import LanguageConfig
from pipecat.transcriptions.language import Language

from providers.contracts import LoadContext
from providers.errors import ProviderError
from providers.pipecat_arguments import SESSION, Shape, arguments
from providers.pipecat_catalogue import find, missing_extra, model_or_voice, service_class
from providers.pipecat_hints import hint_fields
from providers.spec import ProviderSpec, Slot


class Bridge:
    """Makes the services of one engine.

    Attributes:
        service: The service's class, as pipecat ships it.
        built: The class that is built: `service`, or a subclass an engine puts before it.
        shape: What its constructor takes.
        given: What the tenant gave.

    Raises:
        ProviderError: the service is unknown, not installed or wrongly set up.
    """

    def __init__(self, slot: Slot, spec: ProviderSpec, context: LoadContext) -> None:
        self.spec = spec
        self.definition = find(slot, spec)
        self.service: type[Any] = service_class(self.definition, spec)
        self.built: type[Any] = self.service
        self.shape = Shape(self.service)
        self.given = arguments(self.shape, self.definition, spec, context)
        self._named = self._model_or_voice("voice" if slot is Slot.TTS else "model")
        self._session: aiohttp.ClientSession | None = None

    def build(
        self,
        *,
        session: aiohttp.ClientSession | None = None,
        rate_hz: int | None = None,
        **fields: Any,
    ) -> Any:
        """Returns a service; `fields` are of its `Settings` and yield to what the tenant wrote.

        Raises:
            ProviderError: the service refuses its arguments.
        """
        settings = self.service.Settings(**(fields | self._named | dict(self.given.fields)))
        parameters: dict[str, Any] = dict(self.given.parameters)
        if rate_hz is not None and "sample_rate" in self.shape.own:
            parameters.setdefault("sample_rate", rate_hz)
        if self.shape.takes_session:
            parameters[SESSION] = session or self._shared_session()
        try:
            return self.built(settings=settings, **parameters)
        except ImportError as error:
            raise missing_extra(self.definition, self.spec, error) from error
        except Exception as error:
            # Vendors' constructors raise whatever they like about what they are given.
            raise ProviderError(
                f"{self.definition.label} refuses its settings: {error}.", provider=self.spec.id
            ) from error

    def try_out(self, **fields: Any) -> None:
        """Builds a service and drops it, so that a wrong set-up is known before the first call."""
        asyncio.run(self._try_out(**fields))

    def language(self, code: str) -> dict[str, Any]:
        """Returns the fields of `Settings` that say which language is spoken."""
        if any(name.startswith("language") for name in self.spec.settings):
            return {}
        try:
            language: Language | str = Language(code)
        except ValueError:
            language = code
        fields = self.shape.fields
        given: dict[str, Any] = {"language": language} if "language" in fields else {}
        if "language_codes" in fields:
            given["language_codes"] = [language]
        if self.definition.value == "gladia_stt":
            # The one service whose `language` is never sent.
            given["language_config"] = LanguageConfig(languages=[code])
        return given

    def hints(self, names: Sequence[str]) -> dict[str, Any]:
        """Returns the fields of `Settings` that make a recogniser expect `names`."""
        model = str(self._named.get("model") or self.given.fields.get("model") or "")
        return hint_fields(self.definition.value, names, model)

    async def close(self) -> None:
        """Closes the HTTP session."""
        if self._session:
            await self._session.close()
            self._session = None

    async def _try_out(self, **fields: Any) -> None:
        async with aiohttp.ClientSession() as session:
            self.build(session=session, **fields)

    def _shared_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    def _model_or_voice(self, field: str) -> dict[str, Any]:
        name = model_or_voice(self.spec)
        if not name:
            return {}
        if field in self.given.fields:
            raise ProviderError(
                f"its {field} is given twice, as {name!r} and among the settings.",
                provider=self.spec.id,
                fix=f"Drop {field!r} from the settings.",
            )
        return {field: name}
