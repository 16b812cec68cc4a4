"""What is said often, so that it can be made before anybody waits for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from providers.contracts import TTSEngine, TTSOptions
from receptionist.calls.plan import CallPlan, CallRequest, resolve
from receptionist.loaded import Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Something that is said often, in one voice."""

    voice: TTSEngine
    options: TTSOptions
    text: str

    async def prepare(self) -> None:
        """Puts it into the phrase cache."""
        await self.voice.prepare([self.text], self.options)


def phrases(
    loaded: Loaded, languages: Sequence[str], said: Callable[[CallPlan], Sequence[str]]
) -> list[Phrase]:
    """Returns what calls in `languages` say, as `said` picks it."""
    found: list[Phrase] = []
    for language in languages:
        voice = loaded.speech.voices[language]
        request = CallRequest(call_id="", channel="recording", language=language)
        plan = resolve(loaded.snapshot, request)
        for rate_hz in dict.fromkeys((voice.rate_hz, *loaded.line_rates_hz)):
            options = TTSOptions(language=language, rate_hz=rate_hz)
            found += [Phrase(voice=voice, options=options, text=text) for text in said(plan)]
    return found


def first_words(plan: CallPlan) -> list[str]:
    """Returns what a caller hears before he has said anything, and when the language changes."""
    return [plan.disclosure, plan.greeting]


def session_lines(plan: CallPlan) -> list[str]:
    """Returns all that a session may say by itself, but for what depends on numbers to dial."""
    return [text for texts in plan.lines.values() for text in texts if "{" not in text]
