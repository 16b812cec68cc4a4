"""What the assistant may say it has done, by what the tools of the call have done."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from guardrails.claims.reader import load_claims
from prompts.loader import load
from receptionist.guard.claims import CallClaims
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import Arguments, Tool, ToolContext, TransferOutcome
from receptionist.tools.lines import ScriptedLine
from receptionist.tools.registry import TOOLS, AnyTool, ToolRunner
from tests.receptionist.calls.simulation import MemoryMessages, now

pytestmark = pytest.mark.unit

READER = load_claims()
LANGUAGES = ("de", "en", "es", "fr", "it", "pt")
NOTE = {"about": "the lift", "caller_name": "Max Roth", "callback_number": "0441234567"}
BOOKED = "You are booked for Friday."


class Orders(Tool):
    """A tool of a tenant; it changes something once the caller has agreed."""

    name = "order_filter"
    description = "Orders a filter."

    class Asked(Arguments):
        confirmed: bool = False

    arguments = Asked

    def __init__(self, outcome: str) -> None:
        self._outcome = outcome

    async def run(self, arguments: Any, context: ToolContext) -> Mapping[str, Any]:
        return {"outcome": self._outcome, "spoken": BOOKED}


class Desk:
    """The tools of one call and its claims."""

    def __init__(self, demo: TenantSnapshot, line: Any = None, own: AnyTool | None = None) -> None:
        context = ToolContext(
            snapshot=demo,
            language="en",
            now=now,
            line=line or ScriptedLine(TransferOutcome.BUSY),
            messages=MemoryMessages(),
        )
        self.turn = 0
        tools = (*TOOLS, own) if own else TOOLS
        self.runner = ToolRunner(context, lambda _: None, lambda: self.turn, tools)
        self.claims = CallClaims(READER, self.runner)

    def says(self, clause: str, language: str = "en") -> bool:
        return self.claims.check(clause, language) is None

    async def notes(self) -> None:
        """Takes a message, read back and agreed to."""
        await self.runner.run("take_message", NOTE)
        self.turn += 1
        taken = await self.runner.run("take_message", NOTE | {"confirmed": True})
        assert taken["outcome"] == "noted"


async def test_a_message_is_taken_once_it_is_kept_and_not_when_it_is_read_back(
    demo: TenantSnapshot,
) -> None:
    desk = Desk(demo)
    assert desk.claims.check("I've noted your message.", "en") == (
        "I haven't taken a message yet. Shall I?"
    )
    await desk.runner.run("take_message", NOTE)
    assert not desk.says("I've noted your message.")
    await desk.notes()
    assert desk.says("I've noted your message.")
    assert desk.says("I'll pass it on to them.")
    assert desk.says("Somebody will call you back.")
    assert not desk.says("Your appointment is booked.")
    assert not desk.says("I've paid the invoice and noted your message.")


class RingingLine:
    """A line that rings until somebody answers or turns the call down."""

    def __init__(self) -> None:
        self.rings = asyncio.Event()
        self.ended: asyncio.Future[TransferOutcome] = asyncio.get_running_loop().create_future()

    async def transfer(self, target: Any, *, reason: str) -> TransferOutcome:
        self.rings.set()
        return await self.ended


async def test_a_transfer_is_under_way_while_it_rings(demo: TenantSnapshot) -> None:
    line = RingingLine()
    desk = Desk(demo, line)
    assert not desk.says("I'm putting you through now.")
    ringing = asyncio.create_task(desk.runner.run("transfer_call", {"contact_id": "operator"}))
    await line.rings.wait()
    assert desk.says("I'm putting you through now.")
    line.ended.set_result(TransferOutcome.BUSY)
    await ringing
    assert desk.says("I'm putting you through now.")  # it has not been told yet
    assert not desk.claims.broken()
    assert not desk.says("I'm putting you through now.")


async def test_nobody_is_on_the_line_who_has_not_answered(demo: TenantSnapshot) -> None:
    for outcome in TransferOutcome:
        desk = Desk(demo, ScriptedLine(outcome))
        await desk.runner.run("transfer_call", {"contact_id": "operator"})
        assert not desk.claims.broken()
        answered = outcome is TransferOutcome.ANSWERED
        assert desk.says("I have put you through.") is answered, outcome


async def test_what_a_tool_gives_to_be_said_is_no_claim(demo: TenantSnapshot) -> None:
    desk = Desk(demo, own=Orders("done"))
    assert not desk.says(BOOKED)
    await desk.runner.run("order_filter", {})
    assert desk.says(BOOKED)
    assert not desk.says("You are booked for Monday.")


@pytest.mark.parametrize("outcome", ["done", "failed", "refused"])
@pytest.mark.parametrize("confirmed", [True, False])
async def test_a_tool_of_the_tenant_has_done_what_the_caller_agreed_to(
    demo: TenantSnapshot, outcome: str, confirmed: bool
) -> None:
    desk = Desk(demo, own=Orders(outcome))
    await desk.runner.run("order_filter", {"confirmed": confirmed})
    done = confirmed and outcome == "done"
    assert desk.says("I've ordered two filters for you.") is done
    assert not desk.says("You've been put through.")


def test_a_condition_said_earlier_in_the_sentence_counts(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    assert desk.says("If you give me the number,")
    assert desk.says("she will call you back.")
    assert not desk.says("She will call you back.")
    assert desk.says("If you give me the number,")
    desk.turn += 1  # the caller cut in: what follows is another sentence
    assert not desk.says("she will call you back.")


def test_a_denial_at_the_end_of_a_long_sentence_is_heard(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    assert desk.says("Den Termin am Freitag um elf habe ich", "de")
    assert desk.says("leider noch nicht gebucht.", "de")


async def test_an_announced_transfer_that_does_not_begin_is_broken(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    assert not desk.claims.broken()
    assert desk.says("I'll put you through to sales.")
    assert desk.claims.broken()
    assert not desk.claims.broken()


async def test_an_announced_transfer_is_kept_by_ringing(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    assert desk.says("I'll put you through to sales.")
    await desk.runner.run("find_contact", {"name": "sales"})
    assert not desk.claims.broken()  # the brain still looks for whom to ring
    await desk.runner.run("transfer_call", {"contact_id": "operator"})
    assert not desk.claims.broken()
    assert not desk.claims.broken()


async def test_a_question_leaves_an_announced_transfer_open_for_one_reply(
    demo: TenantSnapshot,
) -> None:
    desk = Desk(demo)
    assert desk.says("I'll put you through.")
    assert desk.says("Who is calling, please?")
    assert not desk.claims.broken()
    assert desk.says("Thank you.")
    assert desk.claims.broken()


def test_every_line_of_the_product_that_needs_no_proof_may_be_said(demo: TenantSnapshot) -> None:
    desk = Desk(demo)
    needs = {"answered", "noted", "hand_over", "promised", "booked", "read_back_callback"}
    needs |= {"callback_greeting", "callback_disclosure"}  # said on calls that are the callback
    for language in LANGUAGES:
        for key, line in _lines(language):
            if key not in needs:
                assert desk.says(line, language), (language, key, line)


async def test_every_line_of_the_product_may_be_said_once_it_is_true(demo: TenantSnapshot) -> None:
    line = ScriptedLine(TransferOutcome.ANSWERED)
    desk = Desk(demo, line)
    await desk.notes()
    await desk.runner.run("transfer_call", {"contact_id": "operator"})
    for language in LANGUAGES:
        for key, text in _lines(language):
            if key != "booked":
                assert desk.says(text, language), (language, key, text)


def test_what_the_product_says_was_done_is_a_claim(demo: TenantSnapshot) -> None:
    for language in LANGUAGES:
        desk = Desk(demo)
        for key, line in _lines(language):
            if key in {"answered", "noted", "promised", "booked"}:
                said = [desk.says(sentence, language) for sentence in line.split(". ")]
                assert not all(said), (language, key, line)


def _lines(language: str) -> Iterator[tuple[str, str]]:
    """Yields every line of the assistant with something in its blanks."""
    texts = load(language)
    parts = (texts.concierge["phrases"], texts.tools, texts.session)
    for part in parts:
        for key, lines in part.items():
            for line in [lines] if isinstance(lines, str) else lines:
                yield key, _filled(line)


def _filled(line: str) -> str:
    values = {"name": "Anna Verdi", "contact": "Anna Verdi", "at": "9:30", "company": "Acme"}
    for name, value in values.items():
        line = line.replace(f"{{{name}}}", value)
    return line.replace("{", "").replace("}", "")


@pytest.mark.parametrize(
    ("language", "text", "left"),
    [
        ("en", "A person decides that. I'm putting you through.", "A person decides that."),
        ("it", "Decide una persona. La sto passando a qualcuno.", "Decide una persona."),
        (
            "de",
            "Das entscheidet ein Mensch. Ich verbinde Sie jetzt.",
            "Das entscheidet ein Mensch.",
        ),
        ("en", "We open at nine.", "We open at nine."),
    ],
)
def test_where_nobody_can_be_rung_no_transfer_is_announced(
    demo: TenantSnapshot, language: str, text: str, left: str
) -> None:
    assert Desk(demo).claims.without_transfer(text, language) == left
