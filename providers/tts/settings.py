"""Settings that every speech engine takes."""

from typing import Annotated

from pydantic import Field

from providers.settings import EngineSettings

Speed = Annotated[float, Field(ge=0.5, le=2.0)]


class VoiceSettings(EngineSettings):
    """Settings of a voice.

    Attributes:
        speed: How fast it speaks; 1.0 is the voice's own pace.
    """

    speed: Speed = 1.0
