"""Asks a language model about texts that are in doubt, and takes no for the answer it fears.

What it is asked is data (rules/judge.yaml). It can confirm a doubt and make the policy stricter. It
cannot clear anything: the text that is judged reaches the model too, and may talk it round.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import perf_counter_ns

from loguru import logger

from guardrails.guard import Guard
from guardrails.verdict import Action, Detector, Stage, Verdict

Ask = Callable[[Sequence[Mapping[str, str]], float], str]
"""Returns the answer of a language model to chat messages, given in so many seconds."""

_AT_ONCE = 4
"""Questions on their way at once: one that hangs holds up no other."""


class NoAnswerError(Exception):
    """The model has not answered, or not in time."""


_STAGES: Mapping[Stage, str] = {
    Stage.TURN: "what a caller has said",
    Stage.OUTPUT: "what the receptionist is about to say",
    Stage.CONFIG: "what an administrator has written into its instructions or its knowledge",
}


class LanguageModelJudge:
    """Resolves the doubts of a guard; an answer that fails or comes late changes no verdict.

    Args:
        guard: Whose doubts.
        ask: Asks a language model; it may block and raise what it likes.
    """

    def __init__(self, guard: Guard, ask: Ask) -> None:
        self._guard = guard
        self._ask = ask
        self._thread = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="judge")

    def turn(self, text: str, language: str, history: Sequence[str] = ()) -> Verdict:
        """Returns what the model objects to a turn that every other detector lets pass."""
        return self.resolved(Verdict(stage=Stage.TURN, language=language), text, language, history)

    def resolved(
        self, verdict: Verdict, text: str, language: str, history: Sequence[str] = ()
    ) -> Verdict:
        """Returns the same as `asked`; a model that does not answer has no opinion."""
        try:
            return self.asked(verdict, text, language, history)
        except NoAnswerError as error:
            logger.warning(str(error))
            return verdict

    def asked(
        self, verdict: Verdict, text: str, language: str, history: Sequence[str] = ()
    ) -> Verdict:
        """Returns `verdict` on `text`, or a stricter one if it passed and the model objects.

        Args:
            verdict: Of every other detector.
            text: As it was judged.
            language: Of the call.
            history: The caller's earlier turns, the oldest first.

        Raises:
            NoAnswerError: the model was asked and has not answered.
        """
        policy = self._guard.policy
        if policy.judge is None or verdict.action is not Action.PASS:
            return verdict
        started = perf_counter_ns()
        category, likelihood = self._doubt(verdict.stage, text, language, history)
        if not category or not self._objects(category, verdict.stage, text):
            return verdict
        return replace(
            verdict,
            action=policy.categories[category].unsure[verdict.stage],
            category=category,
            detector=Detector.JUDGE,
            score=likelihood,
            law=policy.categories[category].law,
            latency_us=verdict.latency_us + (perf_counter_ns() - started) // 1_000,
        )

    def close(self) -> None:
        """Ends; an answer under way is not waited for."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _doubt(
        self, stage: Stage, text: str, language: str, history: Sequence[str]
    ) -> tuple[str, float]:
        """Returns the greatest doubt about what is refused: danger waits for no model."""
        categories = self._guard.policy.categories
        doubts = self._guard.doubts(text, language, history, stage)
        refused = {
            name: likelihood
            for name, likelihood in doubts.items()
            if categories[name].actions.get(stage) is Action.REFUSE
        }
        name = max(refused, key=lambda each: refused[each], default="")
        return name, refused.get(name, 0.0)

    def _objects(self, category: str, stage: Stage, text: str) -> bool:
        policy = self._guard.policy
        assert policy.judge is not None
        question = policy.judge.question.format(
            title=policy.categories[category].title,
            law=policy.categories[category].law,
            stage=_STAGES[stage],
            text=json.dumps(text, ensure_ascii=False),
        )
        messages = (
            {"role": "system", "content": policy.judge.system},
            {"role": "user", "content": question},
        )
        limit_s = policy.judge.limit_s
        asking = self._thread.submit(self._ask, messages, limit_s)
        try:
            answer = asking.result(limit_s)
        except Exception as error:  # whatever a client or a server does
            asking.cancel()
            raise NoAnswerError(
                f"the language model has no opinion about {category}: {error!r}"
            ) from error
        return answer.strip().strip(".\"'*").upper() == policy.judge.prohibited.upper()
