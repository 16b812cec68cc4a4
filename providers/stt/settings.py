"""Settings of recognisers that load a model folder."""

from pathlib import Path

from providers.settings import EngineSettings


class ModelFolderSettings(EngineSettings):
    """Settings of a recogniser in this process.

    Attributes:
        path: The model's folder; None is the one of the model store that the id names.
    """

    path: Path | None = None
