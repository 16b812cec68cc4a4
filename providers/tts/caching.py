"""Puts the phrase cache in front of any pipecat TTS service, HTTP or WebSocket.

HTTP services yield a text's audio from `run_tts`: every text is kept. WebSocket services answer
later, and all texts of a turn share one audio context, so their audio cannot be told apart: a
text is kept when it was the only one asked of its context, as greetings, fillers and short
answers are, and the provider said that it was complete. A text after one still being synthesised
is never taken from the cache, because it would be heard before it.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar, cast

from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
)
from pipecat.services.settings import TTSSettings
from pipecat.services.tts_service import TTSService, WebsocketTTSService
from pipecat.utils.context.word_timestamp_tracker import WordTimestamp

from providers.tts import pcm
from providers.tts.cache import PhraseCache, phrase_key

S = TypeVar("S", bound=TTSService)


@dataclass(slots=True, kw_only=True)
class _Recording:
    """What is known of one audio context."""

    asked: int = 0  # texts asked of the provider so far
    due: int = 0  # of these, texts whose audio is still to come
    key: str = ""  # of the text asked last
    spoiled: bool = False  # an error or a change makes its audio unfit to keep
    replayed: bool = False
    audio: bytearray = field(default_factory=bytearray)

    def hear(self, frame: TTSAudioRawFrame, rate_hz: int) -> None:
        self.audio += frame.audio
        self.spoiled |= frame.sample_rate != rate_hz or frame.num_channels != 1

    @property
    def is_replay(self) -> bool:
        """The provider knows nothing of this context."""
        return self.replayed and not self.asked


class _PhraseCaching(TTSService):
    """Mixed in before the service class by `cached`."""

    phrase_cache: ClassVar[PhraseCache]
    phrase_engine: ClassVar[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._recordings: dict[str, _Recording] = {}
        self._keeps_phrases = True

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        recording = self._recordings.setdefault(context_id, _Recording())
        key = service_phrase_key(self.phrase_engine, self._settings, self.sample_rate, text)
        if not recording.due and (known := await self._known_phrase(key)) is not None:
            recording.replayed = True
            frames = self._replay(known, context_id)
        else:
            frames = self._ask(text, context_id, recording, key)
        async with aclosing(frames):
            async for frame in frames:
                yield frame

    async def _ask(
        self, text: str, context_id: str, recording: _Recording, key: str
    ) -> AsyncGenerator[Frame | None, None]:
        recording.asked += 1
        recording.due += 1
        recording.key = key
        inline = _Recording()
        spoken = super().run_tts(text, context_id)  # pyright: ignore[reportAbstractUsage] # the service's
        async with aclosing(spoken) as frames:
            async for frame in frames:
                if isinstance(frame, TTSAudioRawFrame):
                    inline.hear(frame, self.sample_rate)
                recording.spoiled |= isinstance(frame, ErrorFrame)
                yield frame
        if inline.audio:
            recording.due -= 1
            recording.audio.clear()
            if not (inline.spoiled or recording.spoiled):
                await self._keep(key, inline.audio)

    async def _replay(self, known: bytes, context_id: str) -> AsyncGenerator[Frame, None]:
        if not self.audio_context_available(context_id):
            await self.create_audio_context(context_id)
            yield TTSStartedFrame(context_id=context_id)
        for part in pcm.frames(known, self.sample_rate):
            yield TTSAudioRawFrame(part, self.sample_rate, 1, context_id=context_id)

    async def append_to_audio_context(
        self, context_id: str | None, frame: Frame | WordTimestamp | None
    ) -> None:
        recording = self._recordings.get(context_id or "")
        if recording is not None and recording.due:
            if isinstance(frame, TTSAudioRawFrame):
                recording.hear(frame, self.sample_rate)
            elif isinstance(frame, ErrorFrame):
                recording.spoiled = True
            elif frame is None:
                await self._complete(recording)
        await super().append_to_audio_context(context_id, frame)

    async def _complete(self, recording: _Recording) -> None:
        alone = recording.due == 1
        recording.due = 0
        if alone and recording.audio and not recording.spoiled and self._keeps_phrases:
            await self._keep(recording.key, recording.audio)
        recording.audio.clear()

    async def _known_phrase(self, key: str) -> bytes | None:
        found = self.phrase_cache.peek(key)
        return found if found is not None else await asyncio.to_thread(self.phrase_cache.get, key)

    async def _keep(self, key: str, audio: bytearray) -> None:
        await asyncio.to_thread(self.phrase_cache.put, key, bytes(audio))

    # --- a context the provider knows nothing of is none of its business ---------------------

    @property
    def _opens_contexts_early(self) -> bool:
        return type(self).on_turn_context_created is not TTSService.on_turn_context_created

    def _is_unknown_to_provider(self, context_id: str | None) -> bool:
        recording = self._recordings.get(context_id or "")
        return recording is not None and recording.is_replay and not self._opens_contexts_early

    async def on_turn_context_completed(self) -> None:
        context_id = self._turn_context_id
        if context_id is None or not self._is_unknown_to_provider(context_id):
            await super().on_turn_context_completed()
            return
        if not self._push_stop_frames and self.audio_context_available(context_id):
            await super().append_to_audio_context(
                context_id, TTSStoppedFrame(context_id=context_id)
            )
        await TTSService.on_turn_context_completed(self)

    async def flush_audio(self, context_id: str | None = None) -> None:
        if not self._is_unknown_to_provider(context_id):
            await super().flush_audio(context_id=context_id)

    async def on_audio_context_completed(self, context_id: str) -> None:
        if not self._is_unknown_to_provider(context_id):
            await super().on_audio_context_completed(context_id)
        self._recordings.pop(context_id, None)

    async def on_audio_context_interrupted(self, context_id: str) -> None:
        if not self._is_unknown_to_provider(context_id):
            await super().on_audio_context_interrupted(context_id)
            # Audio without a context id that is still under way would be taken for the next text.
            self._keeps_phrases = self._keeps_phrases and not self._pause_frame_processing
        self._recordings.pop(context_id, None)

    # --- what makes audio unfit to keep -------------------------------------------------------

    def _spoil(self) -> None:
        for recording in self._recordings.values():
            recording.spoiled = True

    async def push_error_frame(
        self, error: ErrorFrame, force_treat_as_permanent: bool = False
    ) -> None:
        self._spoil()
        await super().push_error_frame(error, force_treat_as_permanent)

    async def _update_settings(self, delta: TTSSettings) -> dict[str, Any]:
        self._spoil()
        return await super()._update_settings(delta)

    async def stop(self, frame: EndFrame) -> None:
        self._spoil()
        await super().stop(frame)

    async def cancel(self, frame: CancelFrame) -> None:
        self._spoil()
        await super().cancel(frame)

    async def cleanup(self) -> None:
        self._spoil()
        await super().cleanup()


class _WebsocketPhraseCaching(_PhraseCaching, WebsocketTTSService):
    """The same for services that may lose their connection with audio under way."""

    async def _close_connection_contexts(self) -> None:
        self._spoil()
        await super()._close_connection_contexts()


def service_phrase_key(engine_id: str, settings: TTSSettings, rate_hz: int, text: str) -> str:
    """Returns the key under which a cached service with these settings keeps `text`."""
    return phrase_key(
        engine=engine_id,
        voice=str(settings.voice),
        rate_hz=rate_hz,
        text=text,
        version=repr(settings),
    )


def cached(service_class: type[S], cache: PhraseCache, engine_id: str) -> type[S]:
    """Returns a subclass of a pipecat TTS service whose phrases pass through the cache.

    Args:
        service_class: Any TTS service of pipecat; it is constructed as before.
        cache: The phrase cache of the process.
        engine_id: The provider and whatever else its settings do not tell, such as its address.
    """
    over_websocket = issubclass(service_class, WebsocketTTSService)
    mixin = _WebsocketPhraseCaching if over_websocket else _PhraseCaching
    return cast(
        "type[S]",
        type(
            f"Cached{service_class.__name__}",
            (mixin, service_class),
            {"phrase_cache": cache, "phrase_engine": engine_id, "__module__": __name__},
        ),
    )
