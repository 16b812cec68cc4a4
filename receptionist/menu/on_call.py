"""The keys of one call: turns of the caller, or choices of a menu where speech does not help."""

from typing import Protocol

from receptionist.calls.events import Channel
from receptionist.calls.watch import Due
from receptionist.guard.guarded_call import GuardedCall
from receptionist.guard.orders import Standing
from receptionist.handoff.on_call import CallTransfers
from receptionist.menu import desk
from receptionist.menu.desk import MenuDesk
from receptionist.menu.key_menu import Choice, Kind, menu_of
from receptionist.menu.message_by_keys import MessageByKeys
from receptionist.menu.offer import FALLS_DUE, Offer, Why
from receptionist.menu.reading import NO_KEY, YES_KEY, ending, words_of
from receptionist.tools.confirmation import Result
from receptionist.tools.contract import NoLine, ToolContext
from receptionist.tools.keypad import OPERATOR_KEY, REPEAT_KEY
from receptionist.tools.registry import ToolRunner
from receptionist.tools.transfer_call import OPERATOR

_TELEPHONES: frozenset[Channel] = frozenset({"browser", "carrier", "sip"})


class KeyedCall(desk.SpokenCall, Protocol):
    """What is needed of a spoken call."""

    transfers: CallTransfers
    guarded: GuardedCall | None

    async def hear(self, text: str) -> None:
        """Takes `text` as a turn of the caller."""
        ...


class CallKeys:
    """Takes what a caller types (a `Typist`).

    Args:
        call: His call.
        tools: What the assistant can do.
        context: What they know of the call.
    """

    def __init__(self, call: KeyedCall, tools: ToolRunner, context: ToolContext) -> None:
        self._call = call
        self._tools = tools
        self._context = context
        self._desk = MenuDesk(call, tools)
        self._offer: Offer | None = None
        self._typing = False
        call.floor.offers_keys = self.not_understood

    async def run(self) -> None:
        """Does what keys ask for, until it is cancelled."""
        await self._desk.run()

    # --- keys -------------------------------------------------------------------------------

    async def typing(self) -> None:
        """The caller begins to type: he is listened to, and not asked whether he is there."""
        self._typing = True
        air = self._call.conversation.dead_air
        if not air.endless:
            air.answered()
        await self._call.floor.interrupt()

    def settled(self, keys: str) -> bool:
        """Returns whether `keys` choose something that no further key could change."""
        offer = self._open
        waits = self._desk.busy or self._context.keypad.wanted
        return offer is not None and not waits and offer.settled(keys, REPEAT_KEY)

    async def take(self, keys: str) -> None:
        """Takes an entry: a choice of the menu that is offered, else a turn of the caller."""
        cut, self._typing = self._typing, False
        offer = self._open
        secret = self._context.keypad.wanted and len(keys) > 1
        if offer is None or self._desk.busy or secret:
            await self._call.hear(self._call.transfers.heard(keys))
            return
        if not cut:
            await self._call.floor.interrupt()
        if offer.message is None:
            self._chooses(offer, keys)
        else:
            self._answers(offer, offer.message, keys)

    # --- the menu ---------------------------------------------------------------------------

    def offer(self, why: Why, first: str = "") -> bool:
        """Offers the menu, or what is left to do for a caller whom it did not help.

        Args:
            why: Speech does not help him.
            first: What he is told before.

        Returns:
            Whether anything is done about him; else the call goes on, or ends, without keys.
        """
        if self._desk.busy:
            return True
        if not self._possible:
            return False
        self._call.conversation.dead_air.answered()
        offer = self._offer
        if offer is None or (why is Why.SILENT and self._open is None):
            return self._begin(why, first)
        return self._missed(offer, why, first)

    def not_understood(self, result: Result) -> bool:
        """Offers it to a caller who is not understood, and for whom nobody comes.

        Args:
            result: How fetching a person has ended.
        """
        return self.offer(Why.NOT_UNDERSTOOD, ending(result, self._call.plan))

    def helps(self, *, again: bool) -> bool:
        """Returns whether keys help with a technical problem that has come `again`."""
        return (again or self._open is not None) and self.offer(Why.TECHNICAL)

    def instead(self, due: Due) -> bool:
        """Returns whether keys take care of what falls due: of silence, or a call given up."""
        why = FALLS_DUE.get(due.occasion)
        if why is None or due.act == "finish":
            return False
        offer = self._open
        if due.act == "close" and not self._typing:
            return self.offer(why)
        if offer is not None and not self._typing and not self.offer(why):
            self._desk.do(lambda: self._desk.give_up(offer))
        return self._typing or offer is not None

    # --- inside -----------------------------------------------------------------------------

    @property
    def _open(self) -> Offer | None:
        """The menu that is offered; None when the caller has spoken since."""
        offer = self._offer
        if offer is None or self._call.conversation.caller_turns != offer.turns:
            return None
        return offer

    @property
    def _possible(self) -> bool:
        call, guarded = self._call, self._call.guarded
        held = guarded is not None and guarded.guard.standing is not Standing.BRAIN
        leaving = self._context.ending or call.conversation.dead_air.endless
        return call.plan.channel in _TELEPHONES and not held and not leaving

    def _begin(self, why: Why, first: str) -> bool:
        menu = menu_of(
            self._context.snapshot,
            self._context.now(),
            line=not isinstance(self._context.line, NoLine),
            messages=self._context.messages is not None,
        )
        if menu.empty:
            return False
        turns = self._call.conversation.caller_turns
        offer = self._offer = Offer(menu=menu, why=why, turns=turns)
        first = f"{first} {self._call.plan.line(f'menu_{why}')}".strip()
        self._desk.do(lambda: self._desk.read(offer, first))
        return True

    def _missed(self, offer: Offer, why: Why, first: str = "") -> bool:
        """Reads it again, or fetches a person whom a silent caller has no use for.

        Returns:
            Whether any of that is left to do.
        """
        if offer.again(why):
            self._desk.do(lambda: self._desk.read(offer, first))
        elif why is not Why.SILENT and offer.menu.person and not offer.fetched:
            offer.fetched = True
            self._desk.do(lambda: self._desk.put_through(offer, OPERATOR))
        else:
            return False
        return True

    def _wrong(self, offer: Offer, first: str) -> None:
        """Takes a key that means nothing."""
        if not self._missed(offer, Why.NOT_UNDERSTOOD, first):
            self._desk.do(lambda: self._desk.give_up(offer))

    def _said(self, offer: Offer, words: str) -> None:
        """Writes down what keys have said."""
        self._call.conversation.caller_turn_ended(words)
        offer.pressed(self._call.conversation.caller_turns)

    def _chooses(self, offer: Offer, keys: str) -> None:
        plan, desk = self._call.plan, self._desk
        choice: Choice | None = offer.menu.meant(keys)
        self._said(offer, words_of(choice, plan) if choice else " ".join(keys))
        if choice is None:
            self._wrong(offer, plan.line("menu_wrong_key"))
        elif choice.kind is Kind.TRANSFER:
            self._desk.do(lambda: desk.put_through(offer, choice.target))
        else:
            if choice.kind is Kind.MESSAGE:
                offer.message = MessageByKeys(self._tools, plan)
            self._desk.do(lambda: desk.read(offer))

    def _answers(self, offer: Offer, message: MessageByKeys, keys: str) -> None:
        """Takes what was typed by a caller who leaves a message."""
        plan, desk = self._call.plan, self._desk
        meant = {REPEAT_KEY: "dtmf_repeat", OPERATOR_KEY: "dtmf_operator"}
        if offer.asked:
            meant |= {YES_KEY: "menu_yes", NO_KEY: "menu_no"}
        self._said(offer, plan.line(meant[keys]) if keys in meant else " ".join(keys))
        if keys == OPERATOR_KEY:
            offer.chooses()
            desk.do(lambda: desk.put_through(offer, OPERATOR))
        elif keys == REPEAT_KEY:
            desk.do(lambda: desk.read(offer))
        elif not offer.asked:
            desk.do(lambda: desk.number(offer, message, keys, lambda why: self._wrong(offer, why)))
        elif keys == YES_KEY:
            desk.do(lambda: desk.keep(offer, message))
        elif keys == NO_KEY:
            offer.message, offer.asked = MessageByKeys(self._tools, plan), False
            desk.do(lambda: desk.read(offer))
        else:
            self._wrong(offer, plan.line("menu_wrong_key"))
