"""One call under guard: its gates' decisions and what carries them out."""

from collections.abc import Callable, Mapping
from typing import Any

from receptionist.calls.conversation import Conversation
from receptionist.calls.events import Escalated, Guarded
from receptionist.calls.language import Identify
from receptionist.calls.plan import CallPlan
from receptionist.guard.call_guard import CallGuard
from receptionist.guard.contract import Floor, Guards
from receptionist.guard.enforcement import Enforcement
from receptionist.guard.escalation import CallEscalation
from receptionist.guard.judgements import Bearings, Judgements, spoken_among
from receptionist.tools.contract import ToolContext
from receptionist.tools.destinations import named
from receptionist.tools.registry import ToolRunner


class GuardedCall:
    """Guards one call, spoken or written.

    Args:
        guards: Of the process.
        plan: How the call is answered.
        context: What the tools know of it; those with consequences wait for the gates from now on.
        bearings: Where it stands.
        tools: What the assistant can do, and has done.
        emit: Receives what the gates judge and whom the product fetches.

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
        emit: Callable[[Guarded | Escalated], object],
    ) -> None:
        self._enforcement = Enforcement()
        self._context = context
        self._tools = tools
        self._bearings = bearings
        self._emit = emit
        self.guard = CallGuard(
            guards,
            Judgements(guards, bearings, emit),
            self._enforcement.order,
            guards.claims(tools),
            plan.lines.get("dtmf_operator", ()),
        )
        context.cleared = self.guard.may_act

    async def run(self, floor: Floor) -> None:
        """Does what the gates demand until it is cancelled."""
        await self._enforcement.run(self._escalation(floor), floor)

    async def settle(self, floor: Floor) -> None:
        """Does what the gates have demanded so far."""
        await self._enforcement.carry_out_all(self._escalation(floor), floor)

    def _escalation(self, floor: Floor) -> CallEscalation:
        return CallEscalation(
            guard=self.guard,
            floor=floor,
            tools=self._tools,
            unreached=self._unreached,
            emit=self._emit,
            now_s=self._bearings.now_s,
        )

    def _unreached(self, result: Mapping[str, Any]) -> str:
        """Returns the truth about a transfer that nobody answered."""
        snapshot, language = self._context.snapshot, self._context.language
        phrases: Mapping[str, Any] = snapshot.texts[language].concierge["phrases"]
        said = phrases.get(str(result["outcome"])) or phrases["unreachable"]
        name = named(snapshot.escalation, snapshot, language)
        return str(said[0]).replace("{name}", name)


def guard_call(
    guards: Guards,
    plan: CallPlan,
    context: ToolContext,
    tools: ToolRunner,
    conversation: Conversation,
    identify: Identify | None,
    emit: Callable[[Guarded | Escalated], object],
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
