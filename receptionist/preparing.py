"""What a process makes ready beside its calls, before anybody needs it."""

import asyncio
from functools import partial

from loguru import logger

from receptionist.guard.danger import danger_lines
from receptionist.loaded import Loaded
from receptionist.loading import prepare_brain
from receptionist.phrases import first_words, phrases, session_lines


async def prepare_lines(loaded: Loaded, quiet: asyncio.Event) -> None:
    """Makes the lines a session says by itself, while no caller needs the processor.

    Args:
        loaded: What calls share.
        quiet: Set while no call runs.
    """
    for language in loaded.snapshot.config.languages[1:]:
        await quiet.wait()
        try:
            await prepare_brain(loaded.snapshot, loaded.brain, language)
        except Exception as error:  # it will be made when it is needed
            logger.error(f"the brain is not ready for {language!r}: {error!r}")
    spoken = tuple(loaded.speech.voices)
    picks = (first_words, partial(danger_lines, loaded.guards), session_lines)
    for phrase in [one for pick in picks for one in phrases(loaded, spoken, pick)]:
        await quiet.wait()
        try:
            await phrase.prepare()
        except Exception as error:  # it will be made when it is said
            logger.error(f"{phrase.text!r} could not be prepared: {error!r}")
