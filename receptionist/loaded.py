"""What all calls share that are answered with one version of a tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from providers.contracts import LLMEngine
from receptionist.appointments.diary import Diary
from receptionist.audit.entries import facts_of
from receptionist.audit.log import AuditLog
from receptionist.callbacks.repository import CallbackRepository
from receptionist.calls.events import CallSink
from receptionist.calls.language import Identify
from receptionist.calls.pipeline import CallEngines
from receptionist.calls.plan import CallPlan
from receptionist.calls.store import CallStore
from receptionist.consent.call_consent import Consents
from receptionist.guard.contract import Guards
from receptionist.messages.repository import MessageRepository
from receptionist.speech_engines import SpeechEngines
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext, TransferLine
from receptionist.tools.registry import AnyTool, offered
from receptionist.tools.remote.tenant_tools import RemoteTools


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Everything calls share.

    Attributes:
        snapshot: The tenant.
        number: Version of it that was published; None where it lies in a folder.
        brain: Answers, in every language.
        speech: What calls hear and speak with; empty in a process that does not speak.
        identify: Tells the language of a text.
        store: Keeps calls.
        audit: Keeps what is judged on them, so that it can be proved.
        messages: Keeps messages.
        callbacks: Keeps promises to call back.
        diary: Keeps appointments.
        remote: The tools the tenant brings along.
        guards: Judge what is said on calls.
        consents: Ask callers whether they may be recorded; None where nobody is.
        line_rates_hz: Rates of the telephone lines that are answered beside the voices' own.
    """

    snapshot: TenantSnapshot
    number: int | None = None
    brain: LLMEngine
    speech: SpeechEngines
    identify: Identify
    store: CallStore
    audit: AuditLog
    messages: MessageRepository
    callbacks: CallbackRepository
    diary: Diary
    remote: RemoteTools
    guards: Guards
    consents: Consents | None
    line_rates_hz: Sequence[int] = ()

    async def engines_in(self, language: str) -> CallEngines:
        """Returns the engines of a spoken call in `language`, loading them if they are not."""
        return await self.speech.of(language, self.brain)

    def sinks(self, plan: CallPlan) -> Sequence[CallSink]:
        """Returns what keeps a call."""
        facts = facts_of(plan, self.guards.judge.policy_hash)
        return [self.store.sink(plan.call_id), self.audit.sink(plan.call_id, facts)]

    def tools(self, plan: CallPlan) -> Sequence[AnyTool]:
        """Returns what can be done on a call."""
        return offered(plan.snapshot, self.remote.offered())

    def tool_context(self, plan: CallPlan, line: TransferLine | None) -> ToolContext:
        """Returns what tools work with on a call.

        Args:
            plan: Of the call.
            line: The way to a person; None is none.
        """
        zone = plan.snapshot.time_zone
        return ToolContext(
            snapshot=plan.snapshot,
            language=plan.language,
            now=lambda: datetime.now(zone),
            line=line or NoLine(),
            messages=self.messages,
            callbacks=self.callbacks,
            diary=self.diary,
            call_id=plan.call_id,
        )
