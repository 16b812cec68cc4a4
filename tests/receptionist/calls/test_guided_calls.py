"""A language model answers a call: what it reads, what is said of it, and what when it fails."""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from loguru import logger

from eval.engines import load
from providers.contracts import LLMEngine
from providers.fallback.brain import BrainChain
from providers.fallback.health import Infirmary
from providers.spec import Slot
from receptionist.calls.delivery import EventDelivery
from receptionist.calls.guide import prepare_guide
from receptionist.calls.pipeline import brain_options
from receptionist.calls.plan import CallRequest, resolve
from receptionist.calls.text import TextCall, TextReply
from receptionist.tenants.snapshot import TenantSnapshot
from receptionist.tools.contract import NoLine, ToolContext
from receptionist.tools.registry import ToolRunner
from tests.providers.llm.asking import engine
from tests.providers.llm.endpoint import (
    DROP,
    ROLE,
    STOP,
    Answer,
    Endpoint,
    call,
    chunk,
    never,
    serving,
    status,
    stream,
    words,
)

pytestmark = pytest.mark.integration

DONE = chunk({}, "tool_calls") + "data: [DONE]\n\n"
SATURDAY = '{"when": "on Saturday"}'
FEE = "How much is a call out?"
CHAIRS = "Do you sell office chairs?"


def says(text: str) -> Answer:
    return stream(ROLE, words(text), STOP)


def in_json(say: str, tool: str = "null") -> Answer:
    return says(f'{{"say": {json.dumps(say)}, "tool": {tool}}}')


class Talk:
    """A call in writing with the demo tenant on a Thursday afternoon."""

    def __init__(self, snapshot: TenantSnapshot, concierge: LLMEngine) -> None:
        self.snapshot = snapshot
        self.concierge = concierge
        self.replies: list[TextReply] = []
        self.endpoint: Endpoint

    async def hold(
        self, lines: Sequence[str], *answers: Answer, language: str = "en", **settings: Any
    ) -> str:
        """Returns the last reply."""
        async with serving(*answers) as self.endpoint:
            llm = engine(self.endpoint.base_url, stall_timeout_ms=800, **settings)
            # Far longer than a busy machine takes; what hangs is cut off by the model's own limits.
            llm.spec = llm.spec.model_copy(update={"timeout_ms": 30_000})
            infirmary = Infirmary()
            brain = BrainChain([infirmary.of(llm), infirmary.of(self.concierge)])
            await self._talk(brain, lines, language)
            await infirmary.close()
            await llm.close()
        return self.replies[-1].text

    async def _talk(self, brain: LLMEngine, lines: Sequence[str], language: str) -> None:
        now = datetime(2026, 11, 26, 15, 20, tzinfo=self.snapshot.time_zone)
        context = ToolContext(
            snapshot=self.snapshot, language=language, now=lambda: now, line=NoLine()
        )
        request = CallRequest(call_id="c1", channel="text", language=language)
        talk = TextCall(resolve(self.snapshot, request), brain, context, EventDelivery([]))
        await talk.open(ToolRunner(context, talk.emit, lambda: talk.turn))
        for line in lines:
            self.replies.append(await talk.say(line))
        await talk.close()

    def read(self, number: int = -1) -> list[dict[str, Any]]:
        """Returns the messages of a request."""
        return self.endpoint.bodies[number]["messages"]


@pytest.fixture(scope="module")
def concierge() -> LLMEngine:
    return load(Slot.LLM, "concierge:default")


@pytest.fixture
def talk(demo: TenantSnapshot, concierge: LLMEngine) -> Talk:
    prepare_guide(demo)
    for language in ("en", "it"):
        request = CallRequest(call_id="", channel="text", language=language)
        concierge.prepare(brain_options(resolve(demo, request)))
    return Talk(demo, concierge)


# --- what it reads --------------------------------------------------------------------------


async def test_it_reads_the_rules_then_the_time_and_what_is_known_before_the_callers_words(
    talk: Talk,
) -> None:
    await talk.hold([FEE], says("A visit costs sixty pounds."))
    system, *_, last = talk.read()
    assert system["role"] == "system"
    assert "Brindlewick Home Services" in system["content"]
    assert "Departments: reception, bookings" in system["content"]
    assert "# Tone" in system["content"]
    assert "Thursday the twenty-sixth of November, at twenty past three" in last["content"]
    assert "open now, until six" in last["content"]
    assert "[callout-fee] A visit costs sixty pounds" in last["content"]
    assert last["content"].endswith(FEE)


async def test_the_note_of_a_turn_is_not_kept_and_what_lasts_stays_the_same(talk: Talk) -> None:
    await talk.hold([FEE, "Thank you."], says("A visit costs sixty pounds."), says("My pleasure."))
    first, second = talk.read(0), talk.read(1)
    assert first[0] == second[0]
    assert next(m["content"] for m in second if m["role"] == "user") == FEE
    assert sum("callout-fee" in str(m["content"]) for m in second) == 0


async def test_what_is_known_in_another_language_only_is_given_to_be_translated(
    talk: Talk,
) -> None:
    await talk.hold(["Verkaufen Sie Bürostühle?"], says("Das weiß ich leider nicht."))
    assert "Nothing is known" in talk.read()[-1]["content"]


# --- what is said ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        "A visit costs sixty pounds.",
        "It's £60, and that includes the first half hour.",
        "Of course. A visit costs sixty pounds, and that includes the first half hour of work.",
    ],
)
async def test_an_answer_from_what_is_known_is_said_as_it_is(talk: Talk, answer: str) -> None:
    assert await talk.hold([FEE], says(answer)) == answer


async def test_an_answer_without_a_source_becomes_that_it_does_not_know(talk: Talk) -> None:
    said = await talk.hold([CHAIRS], says("Yes, we sell office chairs in three colours."))
    assert said in talk.snapshot.texts["en"].guide["unknown"]


async def test_a_wrong_price_is_never_heard_and_the_right_one_is_said_instead(talk: Talk) -> None:
    said = await talk.hold([FEE], says("A visit costs ninety pounds."))
    assert "ninety" not in said
    assert "sixty pounds" in said


async def test_a_beginning_that_is_known_is_said_and_what_is_made_up_behind_it_is_not(
    talk: Talk,
) -> None:
    answer = "A visit costs sixty pounds, but pensioners pay only twenty pounds. Come and see us."
    said = await talk.hold([FEE], says(answer))
    assert said.startswith("A visit costs sixty pounds,")
    assert not re.search("pensioners|twenty|Come", said)


async def test_words_made_up_before_a_tool_are_dropped_and_the_tools_words_are_said(
    talk: Talk,
) -> None:
    first = stream(
        ROLE,
        words("We are open until five."),
        chunk({"tool_calls": [call(0, "check_hours", SATURDAY)]}),
        DONE,
    )
    said = await talk.hold(["Open on Saturday?"], first, says("We are open until eight."))
    assert "five" not in said
    assert "eight" not in said
    assert "from nine to half past twelve" in said
    assert [tool.name for tool in talk.replies[-1].tools] == ["check_hours"]


async def test_facts_from_several_places_make_no_new_one(talk: Talk) -> None:
    said = await talk.hold(
        ["When are you open on Saturday?"], says("We're open on Saturday from two to six.")
    )
    assert "two to six" not in said


async def test_a_caller_is_told_the_same_in_his_language(talk: Talk) -> None:
    said = await talk.hold(
        ["Vendete sedie da ufficio?"], says("Sì, vendiamo sedie."), language="it"
    )
    assert said in talk.snapshot.texts["it"].guide["unknown"]


# --- tools in every form --------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        'check_hours(when="on Saturday")',
        '{"name": "check_hours", "arguments": {"when": "on Saturday"}}',
        '<tool_call>{"name": "check_hours", "arguments": {"when": "on Saturday"}}</tool_call>',
    ],
)
async def test_a_written_call_is_made_not_spoken_and_the_model_is_asked_in_json_from_then_on(
    talk: Talk, written: str
) -> None:
    final = in_json("On Saturday we're open from nine to half past twelve.")
    said = await talk.hold(["Open on Saturday?"], says(f"One moment. {written}"), final)
    assert said == "One moment. On Saturday we're open from nine to half past twelve."
    assert talk.replies[0].tools[0].arguments == {"when": "on Saturday"}
    first, second = talk.endpoint.bodies
    assert "tools" in first
    assert second["response_format"]["type"] == "json_schema"


async def test_in_json_a_tool_is_called_and_words_are_said(talk: Talk) -> None:
    asks = in_json("", f'{{"name": "check_hours", "arguments": {SATURDAY}}}')
    said = await talk.hold(
        ["Open on Saturday?"], asks, in_json("From nine to half past twelve."), tool_mode="json"
    )
    assert said == "From nine to half past twelve."
    body = talk.endpoint.bodies[1]
    assert "tools" not in body
    assert {message["role"] for message in body["messages"]} == {"system", "user", "assistant"}
    assert "[Result of check_hours]" in body["messages"][-1]["content"]
    assert "check_hours(when?, destination?)" in body["messages"][0]["content"]


async def test_several_calls_in_fragments_are_all_made(talk: Talk) -> None:
    first = stream(
        ROLE,
        chunk({"tool_calls": [call(0, "check_hours", '{"when": "on Sat')]}),
        chunk({"tool_calls": [{"index": 0, "function": {"arguments": 'urday"}'}}]}),
        chunk({"tool_calls": [call(1, "search_knowledge", '{"question": "call out fee"}')]}),
        DONE,
    )
    await talk.hold(["Open on Saturday, and the fee?"], first, says("A visit costs sixty pounds."))
    assert sorted(tool.name for tool in talk.replies[0].tools) == [
        "check_hours",
        "search_knowledge",
    ]


# --- when it fails --------------------------------------------------------------------------

THINKS = chunk({"reasoning_content": "The caller wants ninety pounds."})
FAULTS = {
    "nothing comes": never,
    "500": status(500),
    "429": status(429),
    "dropped": stream(ROLE, words("A visit"), DROP),
    "dropped in a call": stream(ROLE, chunk({"tool_calls": [call(0, "check_hours", '{"w')]}), DROP),
    "empty": stream(ROLE, STOP),
    "only roles": stream(ROLE, ROLE, ROLE, STOP),
    "only thoughts": stream(ROLE, THINKS, STOP),
    "garbage": stream("<html>It works!</html>"),
    "half a written call": says('{"name": "check_hours", "argum'),
}


@pytest.mark.parametrize("answer", FAULTS.values(), ids=FAULTS.keys())
async def test_whatever_goes_wrong_the_concierge_answers(talk: Talk, answer: Answer) -> None:
    logger.disable("providers")
    said = await talk.hold([FEE], answer, first_token_timeout_ms=500)
    logger.enable("providers")
    assert "sixty pounds" in said
    assert talk.replies[0].disposition is None


async def test_thoughts_are_not_spoken_and_an_answer_cut_short_is_said_as_far_as_it_goes(
    talk: Talk,
) -> None:
    short = stream(ROLE, THINKS, words("A visit costs sixty pounds."), chunk({}, "length"))
    assert await talk.hold([FEE], short) == "A visit costs sixty pounds."
