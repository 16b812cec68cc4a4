"""Scripted speech recognition, brain and voice with exact delays, for tests, evals and simulators.

They wait with `asyncio.sleep` alone, so on a virtual clock every delay is exact and costs nothing.
Every call starts at the top of the script. Nothing is cached: a voice takes `delay_ms` every time.
"""

from providers.fakes.llm import FakeLLM, FakeLLMService
from providers.fakes.scripts import (
    Calls,
    Fails,
    Garbage,
    Hangs,
    LLMScript,
    STTScript,
    ToolCall,
    TTSScript,
)
from providers.fakes.stt import FakeSTT, FakeSTTService
from providers.fakes.tts import FakeTTS, FakeTTSService, tone

__all__ = [
    "Calls",
    "Fails",
    "FakeLLM",
    "FakeLLMService",
    "FakeSTT",
    "FakeSTTService",
    "FakeTTS",
    "FakeTTSService",
    "Garbage",
    "Hangs",
    "LLMScript",
    "STTScript",
    "TTSScript",
    "ToolCall",
    "tone",
]
