"""One step of the dialogue being worked out: what to say, what to ask, which tools to call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from providers.llm.concierge.capture.details import DetailReader
from providers.llm.concierge.grammar import Grammar
from providers.llm.concierge.party import Party
from providers.llm.concierge.state import (
    Act,
    Aim,
    Awaited,
    Choice,
    ConfirmAsked,
    CorrectionAsked,
    GapAsked,
    Offer,
    Offered,
    Pending,
    Reply,
    SlotAsked,
    State,
    ToolAsked,
    ToolCall,
    WhoAsked,
)
from providers.llm.concierge.transcript import OWN_CALL
from providers.llm.concierge.understanding import Understanding
from providers.llm.concierge.vocabulary import Say

TASK_QUESTIONS = (
    Choice,
    WhoAsked,
    GapAsked,
    SlotAsked,
    ConfirmAsked,
    CorrectionAsked,
    ToolAsked,
)
"""Questions that stay open when the caller asks something else in between."""


FOLLOWS_WITHIN = 2
"""Turns after which nobody asks on about what was answered any more."""
_NOTHING: Mapping[str, str | bool] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Everything known about one language, shared by all its calls."""

    grammar: Grammar
    understanding: Understanding
    details: DetailReader


Others = Callable[[str], Language | None]


class Turn:
    """Collects what a step answers.

    Attributes:
        state: The state being worked on.
        language: What the caller speaks.
        others: What calls in another language share; None when it is not known here.
        tools: Names of the tools on offer; no other is called.
        asked: A question has been asked in this step.
        quiet: Open questions are not asked again after this step.
    """

    def __init__(
        self,
        state: State,
        language: Language,
        *,
        tools: frozenset[str],
        company: str,
        others: Others = lambda _code: None,
    ) -> None:
        self.state = state
        self.language = language
        self.others = others
        self.tools = tools
        self.asked = False
        self.quiet = False
        self._company = company
        self._parts: list[str] = []
        self._calls: list[ToolCall] = []

    @property
    def grammar(self) -> Grammar:
        """The patterns of the language."""
        return self.language.grammar

    @property
    def company(self) -> str:
        """The name the caller hears."""
        return self._company

    @property
    def silent(self) -> bool:
        """Nothing has been said or called yet."""
        return not self._parts and not self._calls

    @property
    def calling(self) -> bool:
        """A tool has been called: the step goes on when it has ended."""
        return bool(self._calls)

    @property
    def busy(self) -> bool:
        """A question of a task is open: it is asked again, and nothing else is offered."""
        return isinstance(self.state.pending, TASK_QUESTIONS)

    def can(self, *tools: str) -> bool:
        """Tells whether all of `tools` are on offer."""
        return self.tools.issuperset(tools)

    def phrase(self, key: Say, **values: str) -> str:
        """Returns the next variant of a sentence: never the same twice in a row."""
        variants = self.language.grammar.texts.phrases[key]
        count = self.state.said.get(key, 0)
        self.state.said = {**self.state.said, key: count + 1}
        text = variants[count % len(variants)]
        for name, value in {"company": self._company, **values}.items():
            text = text.replace("{" + name + "}", value)
        return text

    def name(self, party: Party | None) -> str:
        """Returns how somebody is named inside a sentence; None is anybody of the company."""
        if party is None or not party.name:
            return self.phrase(Say.OPERATOR)
        if party.kind != "department":
            return party.name
        first = party.name.lower().replace("'", " ").split(" ")[0]
        wording = self.grammar.texts.routing.department_words.get(first)
        if wording:
            return wording.replace("{name}", party.name)
        return self.phrase(Say.DEPARTMENT, name=party.name)

    def say(self, key: Say, **values: str) -> None:
        """Says a sentence."""
        self.speak(self.phrase(key, **values))

    def speak(self, text: str) -> None:
        """Says `text` as it is, beginning with a capital."""
        text = text.strip()
        if text:
            # A sentence may begin with a name put in, such as "a colleague".
            self._parts.append(text[0].upper() + text[1:])

    def ask(self, pending: Pending, key: Say, **values: str) -> None:
        """Says a question and remembers that it is open."""
        self.say(key, **values)
        self.state.pending = pending
        self.asked = True

    def call(
        self,
        name: str,
        aim: Aim,
        given: Mapping[str, str | bool] = _NOTHING,
        /,
        *,
        act: Act | None = None,
        party: Party | None = None,
        **arguments: str,
    ) -> None:
        """Calls a tool with what is `given` and `arguments`; empty ones are left out."""
        state = self.state
        state.calls += 1
        call = ToolCall(
            identifier=f"{OWN_CALL}{state.turn}-{state.calls}",
            name=name,
            arguments={key: value for key, value in {**given, **arguments}.items() if value != ""},
        )
        state.awaited = (*state.awaited, Awaited(call=call, aim=aim, act=act, party=party))
        self._calls.append(call)

    def more(self) -> None:
        """Asks whether there is anything else."""
        self.offer(Offer(offered=Offered.MORE))

    def offer_help(self, party: Party | None = None) -> None:
        """Offers a person, a message or both, whatever is possible on this call."""
        person, message = self.can("transfer_call"), self.can("take_message")
        if person and message:
            self.offer(Offer(offered=Offered.EITHER, party=party))
        elif person:
            self.offer_person()
        else:
            self.offer_message(party)

    def offer_person(self, about: str = "", party: Party | None = None) -> None:
        """Offers `party`, or somebody for the question `about`; a message where nobody is rung."""
        if not self.can("transfer_call"):
            self.offer_message(party)
        elif party and party.name:
            self.offer(Offer(offered=Offered.PERSON, party=party))
        else:
            self.offer(Offer(offered=Offered.PERSON, party=party, suggestion=about))

    def offer_message(self, party: Party | None = None) -> None:
        """Offers to take a message, for `party` when given."""
        if not self.can("take_message"):
            self.more()
        else:
            self.offer(Offer(offered=Offered.MESSAGE, party=party))

    def offer(self, offer: Offer) -> None:
        """Offers it, unless a question of a task is open."""
        if self.busy:
            return
        named = offer.party if offer.party and offer.party.name else None
        match offer.offered:
            case Offered.MORE:
                self.ask(offer, Say.ANYTHING_ELSE)
            case Offered.EITHER:
                self.ask(offer, Say.OFFER_PERSON_OR_MESSAGE)
            case Offered.SUGGESTION:
                name = self.name(named) if named else offer.suggestion
                self.ask(offer, Say.DO_YOU_MEAN, name=name)
            case Offered.PERSON if named:
                self.ask(offer, Say.CONFIRM_CONTACT, name=self.name(named))
            case Offered.PERSON:
                self.ask(offer, Say.OFFER_PERSON)
            case Offered.MESSAGE if named:
                self.ask(offer, Say.OFFER_MESSAGE_FOR, name=self.name(named))
            case Offered.MESSAGE:
                self.ask(offer, Say.OFFER_MESSAGE)

    def reply(self) -> Reply:
        """Returns what the step answers."""
        return Reply(text=" ".join(self._parts), calls=tuple(self._calls))
