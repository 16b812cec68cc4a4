"""Said is done: what the assistant claims on a call is held against what its tools have done."""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from guardrails.claims.models import Deed
from guardrails.claims.reader import ClaimReader, load_claims
from guardrails.policy.problem import PolicyError
from guardrails.text.normaliser import words
from guardrails.text.sentences import spoken_sentences
from receptionist.calls.events import ToolFinished
from receptionist.errors import ConfigurationError
from receptionist.tools.book_appointment import BookAppointment, BookingOutcome
from receptionist.tools.confirmation import CONFIRM
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.promise_callback import CallbackOutcome, PromiseCallback
from receptionist.tools.registry import TOOLS, ToolRunner
from receptionist.tools.take_message import MessageOutcome, TakeMessage
from receptionist.tools.transfer_call import TransferCall

_NOTED = (TakeMessage.name, MessageOutcome.NOTED.value)
_PROMISED = (PromiseCallback.name, CallbackOutcome.PROMISED.value)
_BOOKED = (BookAppointment.name, BookingOutcome.BOOKED.value)
_ANSWERED = (TransferCall.name, TransferOutcome.ANSWERED.value)

_WRITTEN_DOWN = frozenset({_NOTED, _PROMISED})
"""Somebody at the company will read the caller's words: a callback carries them as a message does,
and whoever finds a message calls back."""

PROOFS: Mapping[Deed, Collection[tuple[str, str]]] = MappingProxyType(
    {
        Deed.TRANSFERRED: frozenset({_ANSWERED}),
        Deed.TRANSFER_ANNOUNCED: frozenset({_ANSWERED}),
        Deed.MESSAGE_TAKEN: _WRITTEN_DOWN,
        Deed.CALLBACK_PROMISED: _WRITTEN_DOWN,
        Deed.PASSED_ON: _WRITTEN_DOWN,
        Deed.NOTED: _WRITTEN_DOWN | {_BOOKED},
        Deed.APPOINTMENT_BOOKED: frozenset({_BOOKED}),
    }
)
"""The tools and outcomes that make a claim true; a deed that is missing here none of ours does."""

_OF_TENANTS = frozenset(Deed) - {Deed.TRANSFERRED, Deed.TRANSFER_ANNOUNCED}
"""What a tenant's own tool may have done, once the caller had said yes to it."""
_OURS = frozenset(tool.name for tool in TOOLS)
_UNDONE = frozenset({CONFIRM, "failed", "refused", "invalid_arguments", "cancelled"})
_ENDS = re.compile(r"[.!?…。！？][\"'»”’)]*\s*$")
_ASKS = re.compile(r"[?？][\"'»”’)]*\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Announced:
    """A transfer the caller waits for; `runs` had ended when it was announced."""

    runs: int


class CallClaims:
    """Compares the claims of one call with the ledger of its tools.

    What a tool gave the assistant to say, word for word, is no claim of the assistant's.

    Args:
        reader: Finds claims.
        tools: What was done, and is being done.
    """

    def __init__(self, reader: ClaimReader, tools: ToolRunner) -> None:
        self._reader = reader
        self._tools = tools
        self._told: Counter[Deed] = Counter()
        self._begun = ""
        self._turn = -1
        self._announced: _Announced | None = None
        self._asked = False
        self._heard = 0

    def check(self, clause: str, language: str) -> str | None:
        """Returns the truth to say instead of `clause`; None when it may be said."""
        sentence = self._sentence(clause)
        self._asked = bool(_ASKS.search(clause))
        claimed = self._reader.claimed(sentence, language)
        if claimed and self._given(sentence, language):
            return None
        if Deed.TRANSFER_ANNOUNCED in claimed:
            self._announced = _Announced(runs=len(self._tools.finished))
        for deed in Deed:
            if deed in claimed and not self._true(deed):
                self._begun = ""
                turn, self._told[deed] = self._told[deed], self._told[deed] + 1
                return self._reader.truth(deed, language, turn)
        return None

    def broken(self) -> bool:
        """Returns whether a transfer was announced that nothing has been done about.

        A question to the caller, or a tool at work, leaves it open until the next reply ends.
        """
        self._begun = ""
        self._heard = len(self._tools.finished)
        announced = self._announced
        if announced is None:
            return False
        if self._rung(announced):
            self._announced = None
            return False
        if self._asked or self._tools.running or len(self._tools.finished) > announced.runs:
            self._announced = _Announced(runs=len(self._tools.finished))
            return False
        self._announced = None
        return True

    def without_transfer(self, text: str, language: str) -> str:
        """Returns `text` without the sentences that say that the caller is put through."""
        transfers = {Deed.TRANSFERRED, Deed.TRANSFER_ANNOUNCED}
        return " ".join(
            sentence
            for sentence in spoken_sentences(text)
            if transfers.isdisjoint(self._reader.claimed(sentence, language))
        )

    def _sentence(self, clause: str) -> str:
        """Returns `clause` behind what was said of its sentence before: an "if" counts there."""
        turn = self._tools.turn()
        begun = self._begun if turn == self._turn else ""
        self._turn = turn
        sentence = f"{begun} {clause}".strip()
        self._begun = "" if _ENDS.search(clause) else sentence
        return sentence

    def _rung(self, announced: _Announced) -> bool:
        later = self._tools.finished[announced.runs :]
        return TransferCall.name in self._tools.running or any(
            run.name == TransferCall.name for run in later
        )

    def _true(self, deed: Deed) -> bool:
        if deed is Deed.TRANSFER_ANNOUNCED:
            return True  # it is seen to: see `broken`
        if deed is Deed.TRANSFERRED and self._rings():
            return True
        proofs = PROOFS.get(deed, ())
        return any(
            (run.name, run.outcome) in proofs or (deed in _OF_TENANTS and _done_by_tenant(run))
            for run in self._tools.finished
        )

    def _rings(self) -> bool:
        """True while somebody is rung, and for what was said before the brain knew how it ended."""
        unheard = self._tools.finished[self._heard :]
        turn = self._tools.turn()
        return TransferCall.name in self._tools.running or any(
            run.name == TransferCall.name and run.turn == turn and run.outcome not in _UNDONE
            for run in unheard
        )

    def _given(self, sentence: str, language: str) -> bool:
        """True for words that a tool gave to be said."""
        said = f" {' '.join(words(sentence, language))} "
        return any(
            said in f" {' '.join(words(str(run.result['spoken']), language))} "
            for run in self._tools.finished
            if run.result.get("spoken")
        )


def opened_claims() -> ClaimReader:
    """Returns what finds claims, in the languages of the product.

    Raises:
        ConfigurationError: what claims sound like cannot be read; with all mistakes.
    """
    try:
        return load_claims()
    except PolicyError as error:
        raise ConfigurationError(str(error)) from error


def _done_by_tenant(run: ToolFinished) -> bool:
    """True for a tool of the tenant that changes something and did: such a tool asks first."""
    agreed = run.arguments.get("confirmed") is True
    return run.name not in _OURS and agreed and run.outcome not in _UNDONE
