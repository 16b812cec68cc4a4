"""What a caller hears of a keypad menu, and how its choices ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from knowledge.spoken import speech
from prompts.loader import render
from receptionist.calls.plan import CallPlan
from receptionist.menu.config import MESSAGE
from receptionist.menu.key_menu import Choice, KeyMenu, Kind
from receptionist.tools.contract import TransferOutcome
from receptionist.tools.destinations import named, shown
from receptionist.tools.keypad import OPERATOR_KEY
from receptionist.tools.transfer_call import OPERATOR

YES_KEY = "1"
NO_KEY = "2"
_PHRASES: Mapping[str, str] = {
    TransferOutcome.FAILED: "transfer_failed",
    TransferOutcome.CANCELLED: "transfer_cancelled",
}
"""Sentences about transfers that are not named as the outcome is."""


def read_out(menu: KeyMenu, plan: CallPlan) -> str:
    """Returns the menu in the language of the call."""
    digits = speech(plan.language).digits
    lines = [_choice(plan, key, menu.choices[key]) for key in menu.read]
    if menu.person:
        lines.append(render(plan.line("menu_person"), key=digits(OPERATOR_KEY)).text)
    return " ".join((*lines, plan.line("menu_again")))


def asked_whether(plan: CallPlan) -> str:
    """Returns which keys say yes and no."""
    digits = speech(plan.language).digits
    return render(plan.line("menu_confirm"), yes=digits(YES_KEY), no=digits(NO_KEY)).text


def words_of(choice: Choice, plan: CallPlan) -> str:
    """Returns what a caller who chose so has said, in words."""
    if choice.kind is Kind.AGAIN:
        return plan.line("dtmf_repeat")
    if choice.kind is Kind.MESSAGE:
        return plan.line("menu_chose_message")
    if choice.target == OPERATOR:
        return plan.line("dtmf_operator")
    return render(plan.line("menu_chose"), name=_name(plan, choice.target)).text


def ending(result: Mapping[str, Any], plan: CallPlan) -> str:
    """Returns what a caller is told of how ringing for him ended."""
    if spoken := str(result.get("spoken") or ""):
        return spoken
    outcome = str(result.get("outcome"))
    failed = _PHRASES[TransferOutcome.FAILED]
    known = outcome in set(TransferOutcome)
    key = _PHRASES.get(outcome, outcome) if known else failed
    identifier = str(result.get("contact", {}).get("id") or OPERATOR)
    target = plan.snapshot.destination(identifier)
    name = named(target, plan.snapshot, plan.language) if target else ""
    return render(phrase(plan, key), name=name).text


def phrase(plan: CallPlan, key: str) -> str:
    """Returns a sentence of the concierge's, who tells the same in speech."""
    variants: Sequence[str] = plan.texts["phrases"][key]
    return variants[0]


def _choice(plan: CallPlan, key: str, target: str) -> str:
    digit = speech(plan.language).digits(key)
    if target == MESSAGE:
        return render(plan.line("menu_message"), key=digit).text
    return render(plan.line("menu_choice"), key=digit, name=_name(plan, target)).text


def _name(plan: CallPlan, identifier: str) -> str:
    target = plan.snapshot.destination(identifier)
    return str(shown(target, plan.snapshot, plan.language)["name"]) if target else ""
