"""Judges sentences by meaning and, where the operator wants it, asks a language model as well."""

from loguru import logger

from guardrails.guard import Guard
from guardrails.judge import Ask, LanguageModelJudge, NoAnswerError
from guardrails.verdict import Stage, Verdict


class Doubts:
    """Judges the sentences of one bundle.

    A model that has once not answered is not asked again: nobody waits for it sentence by sentence.

    Args:
        guard: Judges by meaning.
        ask: Asks a language model about what is in doubt; None asks none.

    Attributes:
        silent: The model has not answered; what it was to be asked about is judged without it.
    """

    def __init__(self, guard: Guard, ask: Ask | None) -> None:
        self.silent = False
        self._guard = guard
        self._model = LanguageModelJudge(guard, ask) if ask else None

    def semantic(self, sentence: str, language: str, stage: Stage) -> Verdict:
        """Returns the verdict on a sentence. Blocking."""
        verdict = self._guard.semantic(sentence, language, stage=stage)
        if self._model is None or self.silent:
            return verdict
        try:
            return self._model.asked(verdict, sentence, language)
        except NoAnswerError as error:
            logger.warning(f"What is in doubt is judged without the language model: {error}")
            self.silent = True
            return verdict

    def close(self) -> None:
        """Ends; nothing is asked any more."""
        if self._model is not None:
            self._model.close()
