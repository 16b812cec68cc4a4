"""One call under guard: its gates' decisions and what carries them out."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count

from receptionist.calls.conversation import Conversation
from receptionist.calls.events import AlarmRaised, Escalated, Guarded
from receptionist.calls.language import Identify
from receptionist.calls.plan import CallPlan
from receptionist.guard.alarms import Alarm
from receptionist.guard.call_guard import CallGuard
from receptionist.guard.contract import Floor, Guards
from receptionist.guard.crisis import Crisis
from receptionist.guard.danger import line_of, values_of
from receptionist.guard.enforcement import Enforcement
from receptionist.guard.escalation import CallEscalation
from receptionist.guard.judgements import Bearings, Judgements, spoken_among
from receptionist.guard.ringing import Ringing
from receptionist.guard.tool_gate import ToolGate
from receptionist.tools.contract import ToolContext
from receptionist.tools.registry import ToolRunner

Record = Callable[[Guarded | Escalated | AlarmRaised], object]


class GuardedCall:
    """Guards one call, spoken or written.

    Args:
        guards: Of the process.
        plan: How the call is answered.
        context: What the tools know of it; those with consequences wait for the gates from now on.
        bearings: Where it stands.
        tools: What the assistant can do, and has done.
        emit: Receives what the gates judge, whom the product fetches, and alarms.

    Attributes:
        guard: Decides.
    """

    def __init__(
        self,
        guards: Guards,
        *,
        plan: CallPlan,
        context: ToolContext,
        tools: ToolRunner,
        bearings: Bearings,
        emit: Record,
    ) -> None:
        guards = replace(guards, judge=guards.own_words(guards.judge, plan))
        self._enforcement = Enforcement()
        self._guards = guards
        self._plan = plan
        self._context = context
        self._bearings = bearings
        self._emit = emit
        self._alarmed: set[str] = set()
        self._attempts = count(1)
        self._said: Counter[str] = Counter()
        self._ringing = Ringing(tools, context, emit, bearings.now_s)
        judgements = Judgements(guards, bearings, emit)
        self.guard = CallGuard(
            guards,
            judgements,
            self._enforcement.order,
            guards.claims(tools),
            plan.lines.get("dtmf_operator", ()),
            partial(values_of, guards, plan),
        )
        context.cleared = self.guard.may_act
        context.gate = ToolGate(context, judgements, self.guard.sentence, guards.limits)

    async def run(self, floor: Floor) -> None:
        """Does what the gates demand until it is cancelled."""
        await self._enforcement.run(self._escalation(floor), floor)

    def hand_over(self, reason: str) -> bool:
        """Lets a person have the call; False when nobody can be rung."""
        if possible := self._ringing.possible:
            self.guard.fetch(reason)
        return possible

    async def settle(self, floor: Floor) -> None:
        """Does what the gates have demanded so far."""
        await self._enforcement.carry_out_all(self._escalation(floor), floor)

    def _escalation(self, floor: Floor) -> CallEscalation:
        crisis = Crisis(
            floor=floor,
            ringing=self._ringing,
            first=self._first,
            waiting=self._waiting,
            raise_alarm=self._raise_alarm,
        )
        return CallEscalation(
            guard=self.guard,
            floor=floor,
            ringing=self._ringing,
            crisis=crisis,
            attempt=lambda: next(self._attempts),
        )

    # --- in an emergency --------------------------------------------------------------------

    def _first(self, category: str) -> str:
        """Returns what is said at once; nobody is promised who cannot be rung."""
        said = self.guard.sentence(category) if self._ringing.possible else ""
        return said or self._line(f"{category}_alone")

    def _waiting(self, category: str) -> str:
        possible = self._ringing.possible
        return self._line(f"{category}_waiting" if possible else f"{category}_alone")

    def _line(self, occasion: str) -> str:
        turn, self._said[occasion] = self._said[occasion], self._said[occasion] + 1
        language = self._context.language
        texts = self._context.snapshot.texts[language]
        return line_of(texts, occasion, turn, values_of(self._guards, self._plan, language))

    def _raise_alarm(self, category: str) -> None:
        self._context.urgent = True
        if category in self._alarmed:
            return
        self._alarmed.add(category)
        language = self._context.language
        at_s = round(self._bearings.now_s(), 3)
        self._emit(AlarmRaised(at_s=at_s, category=category, language=language))
        self._guards.alarm(
            Alarm(
                call_id=self._plan.call_id,
                tenant=self._plan.snapshot.config.tenant,
                category=category,
                language=language,
                at=datetime.now(UTC).isoformat(timespec="seconds"),
            )
        )


def guard_call(
    guards: Guards,
    plan: CallPlan,
    context: ToolContext,
    tools: ToolRunner,
    conversation: Conversation,
    identify: Identify | None,
    emit: Record,
) -> GuardedCall:
    """Returns a spoken call under guard."""
    bearings = Bearings(
        language=lambda: context.language,
        turn=lambda: conversation.turn,
        now_s=lambda: conversation.timeline.now_s,
        spoken=spoken_among(plan.snapshot.config.languages, identify),
    )
    return GuardedCall(
        guards, plan=plan, context=context, tools=tools, bearings=bearings, emit=emit
    )
