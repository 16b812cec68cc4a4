"""What the gates of one call decide: whether the brain is asked, and what may be said.

It owns no clock and waits for nothing but the judgement by meaning.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from guardrails.verdict import Action, Detector, Stage, Verdict, worst
from receptionist.guard.contract import Claims, Guards
from receptionist.guard.judgements import Heard, Judgements, fault
from receptionist.guard.orders import EMERGENCY, SELF_HARM, Order, Standing, is_urgent, of_state
from receptionist.guard.sentences import Sentences
from receptionist.guard.withholding import Forget, keep
from receptionist.tools.keypad import OPERATOR_KEY

ANGRY_TURNS = 2
"""A caller who is angry so often wants a person, whatever he says."""
GATE_FAILURE = "gate_failure"
HUMAN_REQUEST = "human_request"
MISUNDERSTANDING = "misunderstanding"
SAID_IS_DONE = "said_is_done"
_ROBOT_QUESTION = "robot_question"


class CallGuard:
    """Decides for one call.

    Args:
        guards: Of the process.
        judgements: Judges and records.
        order: Carries out what is decided; must not wait.
        claims: Compares what is said with what was done.
        operator_words: What a key that asks for a person is turned into.
        values: Returns what the product's sentences name, as it is said in a language; None says
            it as it is written.

    Attributes:
        standing: Who has the call.
        crisis: What it stands in an emergency for: `emergency` or `self_harm`.
    """

    def __init__(
        self,
        guards: Guards,
        judgements: Judgements,
        order: Callable[[Order], object],
        claims: Claims,
        operator_words: Collection[str] = (),
        values: Callable[[str], Mapping[str, str]] | None = None,
    ) -> None:
        self.standing = Standing.BRAIN
        self.crisis = ""
        self._sentences = Sentences(guards, values)
        self._guards = guards
        self._judgements = judgements
        self._order = order
        self._claims = claims
        self._operator_words = frozenset({OPERATOR_KEY, *operator_words})
        self._heard: Heard | None = None
        self._by_rules: Verdict | None = None
        self._clearance: asyncio.Future[bool] | None = None
        self._anger = 0
        self._robot_asked = False
        self._misunderstood = [False, False]
        self._cut = False
        self._denied = self._begun = self._tried = False

    # --- the caller -------------------------------------------------------------------------

    def overheard(self, text: str) -> None:
        """Takes what the caller is saying; an emergency does not wait for the end of his turn."""
        if self.crisis == EMERGENCY:
            return
        verdict = self._judgements.interim(text)
        if verdict.action is Action.EMERGENCY or self.standing is Standing.BRAIN:
            self._decide(verdict)

    def turn(self, text: str, forget: Forget = keep) -> bool:
        """Takes a turn of the caller; False when the brain must not be asked about it.

        Args:
            text: What he said.
            forget: Called, now or later, when it was an attack on the brain.
        """
        heard = self._heard = self._judgements.hears(text, forget)
        clearance = self._clearance = asyncio.get_running_loop().create_future()
        self._misunderstood = [False, self._misunderstood[0]]
        self._denied = self._begun = self._tried = False
        verdict = self._with_counts(self._judgements.turn(heard), heard, text)
        if self.standing is Standing.EMERGENCY and not is_urgent(verdict):
            lasting = Action.EMERGENCY if self.crisis == EMERGENCY else Action.HANDOFF
            verdict = of_state(lasting, self.crisis)
        self._by_rules = verdict
        if verdict.passes and self.standing is Standing.BRAIN:
            return True
        self._judgements.keep_turn(verdict, heard, "held" if verdict.passes else "")
        # A person is being fetched already, or should be: then the order is a second attempt.
        self._decide(of_state(Action.HANDOFF, HUMAN_REQUEST) if verdict.passes else verdict)
        clearance.set_result(False)
        return False

    async def weigh(self) -> None:
        """Judges the last turn by its meaning; what waits for that goes on.

        It is recorded with what the rules said of the turn, as one judgement.
        """
        heard, clearance, by_rules = self._heard, self._clearance, self._by_rules
        if heard is None or clearance is None or by_rules is None:
            return
        try:
            verdict = worst(by_rules, await self._judgements.meaning(heard))
            current = heard is self._heard and self.standing is Standing.BRAIN
            self._judgements.keep_turn(verdict, heard, "" if current else "none")
            if current:
                self._decide(verdict)
            _settle(clearance, verdict.passes)
        finally:
            _settle(clearance, False)

    async def reconsider(self) -> None:
        """Takes what a language model objects to the last turn, unless the brain has begun by then.

        Nobody waits for it.
        """
        heard = self._heard
        if heard is None or not await self.cleared():
            return
        verdict = await self._judgements.objection(heard)
        if verdict.passes or self._begun or self.refused or heard is not self._heard:
            return
        self._cut, self._clearance = True, asyncio.get_running_loop().create_future()
        self._clearance.set_result(False)
        self._judgements.keep_turn(verdict, heard)
        self._decide(verdict)

    async def cleared(self) -> bool:
        """Returns whether the brain may speak and act on the last turn, once that is known."""
        if self.standing is not Standing.BRAIN:
            return False
        clearance = self._clearance
        cleared = clearance is None or await asyncio.shield(clearance)
        return cleared and self.standing is Standing.BRAIN

    async def may_act(self) -> bool:
        """Returns whether what the brain wants to do beyond the call may be done."""
        acts = await self.cleared() and not self._denied
        self._begun = self._begun or acts
        return acts

    @property
    def refused(self) -> bool:
        """True when the brain must not go on with the last turn."""
        known = self._clearance is not None and self._clearance.done()
        denied = known and self._clearance is not None and not self._clearance.result()
        return denied or self.standing is not Standing.BRAIN

    # --- the assistant ----------------------------------------------------------------------

    def reply_began(self) -> None:
        """The brain begins a reply."""
        self._cut = False

    def clause(self, text: str) -> str:
        """Returns what is said for a clause of the brain: it, something else, or nothing."""
        if self._cut or self.standing is not Standing.BRAIN:
            return ""
        verdict, kept = self._judgements.output(text)
        verdict, said = self._checked(self._counted_reply(verdict), text)
        self._judgements.keep_output(verdict, kept, "none" if verdict.passes else "replaced")
        if verdict.passes:
            self._begun = True
            return text
        self._cut = True
        self._denied = self._denied or verdict.detector is not Detector.STATE
        if self._wants_person(verdict) or not said:
            self._fetch(replace(verdict, action=Action.HANDOFF), told=bool(said))
        return said

    def reply_ended(self) -> str:
        """Returns what is to be added to a reply that ends: what the caller asked to be told.

        What the assistant promised and could not do brings a person.
        """
        if self.standing is not Standing.BRAIN:
            return ""
        if self._claims.broken():
            self._fetch(of_state(Action.HANDOFF, "broken_promise"), told=True)
        return self.truth_owed()

    def truth_owed(self) -> str:
        """Returns the answer to "are you a robot?" as long as it has not been given."""
        owed, self._robot_asked = self._robot_asked, False
        return self.sentence(_ROBOT_QUESTION) if owed else ""

    def sentence(self, category: str) -> str:
        """Returns what the product says about a category, "" when it has nothing to say."""
        return self._sentences.of(category, self._judgements.language)

    def alone(self, category: str) -> str:
        """Returns the same where nobody can be rung: without its sentence about a transfer."""
        sentence = self.sentence(category)
        return self._claims.without_transfer(sentence, self._judgements.language) or sentence

    # --- a person ---------------------------------------------------------------------------

    def fetched(self, *, answered: bool) -> None:
        """Fetching a person has ended; an emergency goes on until one is on the line."""
        if answered or self.standing is Standing.PRODUCT:
            self.standing, self.crisis = Standing.BRAIN, ""
            self._clearance = None
            self._denied = False

    def escalates(self, category: str) -> bool:
        """True when a refusal in `category` is followed by a person."""
        return category in self._guards.escalates

    # --- inside -----------------------------------------------------------------------------

    def fetch(self, reason: str) -> None:
        """Fetches a person for a reason outside the call, unless one is being fetched already."""
        if self.standing is Standing.BRAIN:
            self._decide(of_state(Action.HANDOFF, reason))

    def _decide(self, verdict: Verdict, *, told: bool = False) -> None:
        """Gives the order that a verdict asks for, if it asks for any."""
        if verdict.passes:
            return
        if urgent := is_urgent(verdict):
            self.standing = Standing.EMERGENCY
            milder = verdict.category == SELF_HARM and self.crisis != EMERGENCY
            self.crisis = SELF_HARM if milder else EMERGENCY
        elif self.standing is Standing.BRAIN and self._wants_person(verdict):
            self.standing = Standing.PRODUCT
        reason = GATE_FAILURE if verdict.detector is Detector.FAULT else verdict.category
        reason = self.crisis if urgent else reason
        self._order(Order(verdict=verdict, reason=reason, told=told, urgent=urgent))

    def _fetch(self, verdict: Verdict, *, told: bool) -> None:
        """Orders a person because of what the brain says: once a turn, or they ring for ever.

        Where nothing is left to be said the second time, the call has a fault and ends in time.
        """
        if self._tried and told:
            return
        if self._tried:
            verdict = replace(verdict, detector=Detector.FAULT)
        self._tried = True
        self._decide(verdict, told=told)

    def _wants_person(self, verdict: Verdict) -> bool:
        handing = verdict.action in (Action.HANDOFF, Action.EMERGENCY)
        return handing or self.escalates(verdict.category)

    def _with_counts(self, verdict: Verdict, heard: Heard, text: str) -> Verdict:
        """Returns the verdict on a turn, or what a key, a count or the state makes of it."""
        notes = self._judgements.notes(heard)
        self._robot_asked = _ROBOT_QUESTION in notes
        self._anger += "anger" in notes
        if not verdict.passes:
            return verdict
        if self._guards.failing():
            return Verdict(action=Action.HANDOFF, stage=Stage.TURN, detector=Detector.FAULT)
        if text.strip() in self._operator_words:
            return replace(of_state(Action.HANDOFF, HUMAN_REQUEST), language=heard.language)
        if "anger" in notes and self._anger >= ANGRY_TURNS:
            self._anger = 0
            return of_state(Action.HANDOFF, "anger")
        return verdict

    def _counted_reply(self, verdict: Verdict) -> Verdict:
        """Notes what a clause tells; misunderstood twice in a row is enough."""
        if verdict.category == _ROBOT_QUESTION and verdict.passes:
            self._robot_asked = False
        if verdict.category == MISUNDERSTANDING and verdict.passes:
            self._misunderstood[0] = True
            if all(self._misunderstood):
                self._misunderstood = [False, False]
                found = of_state(Action.HANDOFF, MISUNDERSTANDING)
                return replace(found, stage=Stage.OUTPUT)
        return verdict

    def _checked(self, verdict: Verdict, clause: str) -> tuple[Verdict, str]:
        """Returns the verdict on a clause, its claims included, and what is said instead."""
        if not verdict.passes:
            found = verdict.detector in (Detector.RULES, Detector.HEAD)
            return verdict, self.sentence(verdict.category) if found else ""
        try:
            truth = self._claims.check(clause, self._judgements.language)
        except Exception as error:
            return fault(Stage.OUTPUT, error), ""
        if truth is None:
            return verdict, ""
        return replace(of_state(Action.REFUSE, SAID_IS_DONE), stage=Stage.OUTPUT), truth


def _settle(clearance: "asyncio.Future[bool]", cleared: bool) -> None:
    if not clearance.done():
        clearance.set_result(cleared)
