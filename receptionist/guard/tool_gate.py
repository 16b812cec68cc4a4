"""Before the tools (G6): what a brain may have done, how often, and with which words and numbers.

Which tools there are, and whom a call can be put through to, is fixed by the tenant's snapshot: an
id it does not know is nobody, whatever a model writes.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import phonenumbers
from loguru import logger
from phonenumbers import NumberParseException

from guardrails.verdict import Action, Detector, Stage, Verdict
from receptionist.guard.judgements import Judgements
from receptionist.guard.limits import TENANT_TOOL, Limits
from receptionist.telephony.numbers import NumberClass, class_of
from receptionist.tools.confirmation import ConfirmedArguments
from receptionist.tools.contract import Arguments, ToolContext, ToolSpec
from receptionist.tools.end_call import EndCall
from receptionist.tools.phrases import say
from receptionist.tools.remote.config import BUILT_IN
from receptionist.tools.transfer_call import TransferCall

Result = Mapping[str, Any]
_NOT_RUNG = frozenset({"closed", "no_number"})


class Refused(StrEnum):
    """Why a tool was not run."""

    TOO_MANY = "too_many"
    TOO_MANY_THIS_HOUR = "too_many_this_hour"
    NUMBER_CLASS = "number_class"
    COUNTRY = "country"
    TEXT = "text"


class ToolGate:
    """Decides for one call which runs of tools may be.

    Args:
        context: What the tools know of the call.
        judgements: Judges the words that would be written down or sent, and records refusals.
        sentence: Returns what the product says about a category.
        limits: How often.
    """

    def __init__(
        self,
        context: ToolContext,
        judgements: Judgements,
        sentence: Callable[[str], str],
        limits: Limits,
    ) -> None:
        self._context = context
        self._judgements = judgements
        self._sentence = sentence
        self._caps = limits.caps
        self._hourly = limits.hourly
        self._done: Counter[str] = Counter()

    def admit(self, tool: ToolSpec, arguments: Arguments) -> Result | None:
        """Returns the result of a run that may not be; None when it may.

        A gate that fails lets nothing through.
        """
        try:
            return self._judged(tool, arguments)
        except Exception as error:
            logger.opt(exception=error).error(f"the tool gate failed: {error!r}")
            return {"outcome": "refused", "problem": "it does not work at the moment"}

    def _judged(self, tool: ToolSpec, arguments: Arguments) -> Result | None:
        refusal = self._of_words(tool, arguments) or self._of_number(tool, arguments)
        if refusal is None and not (self._context.urgent and tool.name == TransferCall.name):
            refusal = self._of_count(tool)
        if refusal is None and (counted := self._counted(tool, arguments)):
            self._done[counted] += 1
            self._hourly.add(counted)
        return refusal

    def ended(self, tool: ToolSpec, arguments: Arguments, result: Result) -> None:
        """Takes how a run that was admitted has ended; what came to nothing does not count."""
        counted = self._counted(tool, arguments)
        if counted and not _came_to_something(tool, result):
            self._done[counted] -= 1
            self._hourly.take_back(counted)

    def _counted(self, tool: ToolSpec, arguments: Arguments) -> str:
        """Returns what a run counts as, "" when it does not: a question read back does nothing."""
        if isinstance(arguments, ConfirmedArguments) and not arguments.confirmed:
            return ""
        return _kind(tool)

    def _of_count(self, tool: ToolSpec) -> Result | None:
        kind = _kind(tool)
        if self._done[kind] >= self._caps.per_call.get(kind, self._done[kind] + 1):
            return self._refuse(tool, Refused.TOO_MANY, "done_enough")
        done = self._hourly.of(kind)
        if done >= self._caps.per_hour.get(kind, done + 1):
            return self._refuse(tool, Refused.TOO_MANY_THIS_HOUR, "not_now")
        return None

    def _of_number(self, tool: ToolSpec, arguments: Arguments) -> Result | None:
        number = getattr(arguments, "callback_number", "")
        reason = self._unfit(number) if isinstance(number, str) else None
        if reason is None:
            return None
        refused = self._refuse(tool, reason, "number_not_called")
        return {**refused, "outcome": "invalid", "field": "callback_number"}

    def _unfit(self, number: str) -> Refused | None:
        """Returns why nobody may be sent to ring `number`; None when it may be rung."""
        try:
            parsed = phonenumbers.parse(number, self._context.snapshot.config.country)
        except NumberParseException:
            return None  # the tool asks for it again
        regions = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
        if class_of(parsed) is not NumberClass.ORDINARY:
            return Refused.NUMBER_CLASS
        countries = self._caps.countries
        return Refused.COUNTRY if countries and countries.isdisjoint(regions) else None

    def _of_words(self, tool: ToolSpec, arguments: Arguments) -> Result | None:
        """Judges what would be written down or sent: no tool writes a decision, a score, a rank.

        Whom a caller is put through to, and why, is written nowhere.
        """
        if tool.harmless or isinstance(tool, TransferCall | EndCall):
            return None
        for words in _texts(arguments.model_dump()):
            verdict = self._judgements.argument(words)
            if not verdict.passes:
                return {
                    "outcome": "refused",
                    "reason": Refused.TEXT,
                    "problem": f"it is not allowed to write this: {verdict.category}",
                    "spoken": self._spoken(verdict.category),
                }
        return None

    def _spoken(self, category: str) -> str:
        said = self._sentence(category) if category else ""
        return said or say(self._context, "not_now")

    def _refuse(self, tool: ToolSpec, reason: Refused, line: str) -> Result:
        verdict = Verdict(
            action=Action.REFUSE,
            stage=Stage.TOOL,
            category="tool",
            rule=f"tool.{reason}",
            detector=Detector.STATE,
            score=1.0,
        )
        self._judgements.keep_output(verdict, tool.name, "refused")
        return {
            "outcome": "refused",
            "reason": reason,
            "problem": "it is not allowed; say `spoken` and offer something else",
            "spoken": say(self._context, line),
        }


def _kind(tool: ToolSpec) -> str:
    """Returns what a tool counts as."""
    return tool.name if tool.name in BUILT_IN else TENANT_TOOL


def _came_to_something(tool: ToolSpec, result: Result) -> bool:
    if isinstance(tool, TransferCall):
        return result.get("reason") not in _NOT_RUNG and "problem" not in result
    return not tool.done or result["outcome"] in tool.done


def _texts(value: object) -> list[str]:
    """Returns every text of several words in `value`."""
    if isinstance(value, str):
        return [value] if len(value.split()) > 1 else []
    if isinstance(value, Mapping):
        return [words for part in value.values() for words in _texts(part)]
    if isinstance(value, list | tuple):
        return [words for part in value for words in _texts(part)]
    return []
