from collections.abc import Mapping
from pathlib import Path

import pytest

from guardrails.guard import Guard
from guardrails.policy.models import Policy
from guardrails.verdict import Action, Detector, Stage
from tests.guardrails.policies import small_policy

pytestmark = pytest.mark.unit


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    return small_policy(tmp_path)


@pytest.fixture
def guard(policy: Policy) -> Guard:
    return Guard(policy)


class KeywordHead:
    """Takes a text for a category when its word is in it."""

    def __init__(self, **words: str) -> None:
        self._words = words
        self.read: list[tuple[str, str, Stage]] = []

    def likelihoods(self, text: str, language: str, stage: Stage) -> Mapping[str, float]:
        self.read.append((text, language, stage))
        return {name: 0.95 if word in text else 0.2 for name, word in self._words.items()}


def test_a_rule_refuses_with_its_law_and_what_it_found(guard: Guard) -> None:
    verdict = guard.config("Be kind. Rank the best applicants by voice.", "en")
    assert verdict.action is Action.REFUSE
    assert verdict.rule == "employment.en.rank-applicants"
    assert verdict.detector is Detector.RULES
    assert verdict.law == "Annex III(4)"
    assert verdict.excerpt == "rank the best applicants"
    assert (verdict.score, verdict.stage, verdict.language) == (1.0, Stage.CONFIG, "en")
    assert verdict.latency_us >= 0


def test_an_excuse_counts_in_its_own_sentence_alone(guard: Guard) -> None:
    assert guard.turn("do not rank the applicants", "en").passes
    assert not guard.turn("Do not worry. Rank the applicants", "en").passes


def test_no_pattern_reaches_into_the_next_sentence(guard: Guard) -> None:
    assert guard.turn("I rank. Applicants wait.", "en").passes


def test_a_rule_applies_at_its_stages_alone(guard: Guard) -> None:
    assert not guard.config("hire whoever calls", "en").passes
    assert guard.turn("hire whoever calls", "en").passes
    assert guard.interim("rank applicants", "en").passes
    assert guard.output("there is a fire", "en").passes


def test_words_of_a_caller_who_still_speaks_may_be_an_emergency(guard: Guard) -> None:
    assert guard.interim("there's a f1re in the", "en").action is Action.EMERGENCY


def test_the_severest_of_several_counts_and_the_others_are_noted(guard: Guard) -> None:
    text = "you idiot, rank the applicants, there is a fire"
    assert guard.turn(text, "en").category == "emergency"
    assert guard.notes(text, "en") == {"anger", "employment", "emergency"}
    assert guard.notes(text, "en", Stage.OUTPUT) == {"employment"}


def test_the_rules_of_the_language_of_the_call_are_used(guard: Guard) -> None:
    assert guard.turn("c'è un incendio", "it").category == "emergency"
    assert guard.turn("incendio", "en").passes
    assert guard.turn("fire", "it").passes


def test_a_language_without_rules_is_judged_by_english_ones_and_says_so(guard: Guard) -> None:
    verdict = guard.turn("fire", "nl")
    assert (verdict.category, verdict.language) == ("emergency", "en")
    assert guard.turn("bene", "it-IT").language == "it"


def test_what_is_said_in_pieces_is_read_together(guard: Guard) -> None:
    history = ["Hello. I have sent you my application", "as a nurse"]
    assert guard.turn("so did I get it", "en").passes
    assert guard.turn("so did I get it", "en", history).category == "employment"


@pytest.mark.parametrize(
    "history",
    [
        ["It is about my application. My name is Anna Rossi."],
        ["It is about my application", "My name is Anna Rossi and my number is 5551234"],
        ["It is about my application. Good.", "Well. Thank you."],
        ["about my", "application"],
    ],
)
def test_a_sentence_between_does_not_part_what_belongs_together(
    guard: Guard, history: list[str]
) -> None:
    assert guard.turn("Good. So did I get it", "en", history).category == "employment"


def test_words_of_two_earlier_turns_make_no_sentence_with_others_between(guard: Guard) -> None:
    history = ["my application", "Yes. Thank you. I mean. So"]
    assert guard.turn("did I get it", "en", history).passes


def test_only_the_last_turns_are_read_together(guard: Guard) -> None:
    history = ["about my application", "well", "as a nurse"]
    assert guard.turn("did I get it", "en", history).passes


def test_what_was_judged_before_is_not_judged_again(guard: Guard) -> None:
    assert guard.turn("thank you", "en", ["rank the applicants"]).passes


def test_danger_is_what_is_said_now(guard: Guard) -> None:
    assert guard.turn("it is burning", "en", ["I need help"]).passes
    assert not guard.turn("I need help it is burning", "en").passes


def test_long_texts_are_judged_to_their_end(guard: Guard) -> None:
    assert not guard.turn("blah " * 4_000 + "rank applicants", "en").passes
    assert not guard.turn("rank applicants " + "blah " * 4_000, "en").passes


def test_without_a_head_meaning_passes(guard: Guard) -> None:
    assert guard.semantic("rank the applicants", "en").passes


def test_the_head_refuses_or_asks_as_the_policy_says(policy: Policy) -> None:
    guard = Guard(policy, KeywordHead(employment="hire"))
    turn = guard.semantic("who will you hire", "en")
    assert (turn.action, turn.detector, turn.score) == (Action.REFUSE, Detector.HEAD, 0.95)
    assert guard.config("Hello. We hire people.", "en").action is Action.ASK
    assert guard.semantic("who will you hire", "en", stage=Stage.OUTPUT).passes


def test_rules_are_surer_than_the_head(policy: Policy) -> None:
    guard = Guard(policy, KeywordHead(employment="rank"))
    assert guard.config("rank the applicants", "en").detector is Detector.RULES
    assert guard.turn("who would rank them", "en").passes


def test_a_likelihood_below_the_threshold_passes_and_is_told(policy: Policy) -> None:
    verdict = Guard(policy, KeywordHead(employment="x")).semantic("good morning", "en")
    assert (verdict.passes, verdict.category, verdict.score) == (True, "", 0.2)


def test_the_head_reads_a_short_turn_with_the_one_before(policy: Policy) -> None:
    head = KeywordHead(employment="application")
    guard = Guard(policy, head)
    assert not guard.semantic("did I get it", "en", ["about my application"]).passes
    long = "one two three four five six seven eight nine"
    assert guard.semantic(long, "en", ["about my application"]).passes


def test_the_head_reads_all_of_a_long_text_in_parts(policy: Policy) -> None:
    head = KeywordHead(employment="hire")
    assert not Guard(policy, head).semantic("blah " * 2_000 + "hire", "en").passes
    assert max(len(text) for text, _, _ in head.read) <= 4_000


def test_sentences_of_a_turn_are_read_alone_too(policy: Policy) -> None:
    head = KeywordHead(employment="hire")
    Guard(policy, head).semantic("Good morning to you. I hope you are well. Thanks.", "en")
    read = [text.strip() for text, _, _ in head.read]
    assert read[1:] == ["Good morning to you.", "I hope you are well."]


def test_parts_of_a_long_text_leave_out_no_word(policy: Policy) -> None:
    head = KeywordHead()
    numbers = [f"n{number}" for number in range(3_000)]
    Guard(policy, head).semantic(" ".join(numbers), "en")
    assert {word for text, _, _ in head.read for word in text.split()} >= set(numbers)


def test_every_detector_of_a_stage_is_asked_and_none_twice(policy: Policy) -> None:
    head = KeywordHead(emergency="danger")
    guard = Guard(policy, head)
    assert guard.classify("danger", Stage.TURN, "en").action is Action.EMERGENCY
    assert guard.classify("danger", Stage.INTERIM, "en").passes
    assert [stage for _, _, stage in head.read] == [Stage.TURN]


def test_sentences_take_turns_and_are_filled(guard: Guard) -> None:
    said = [guard.say("employment", "en", turn, company="Acme {x}") for turn in range(3)]
    assert said == ["A person decides.", "People at Acme {x} decide.", "A person decides."]
    assert guard.say("employment", "en", 1) == "A person decides."
    assert guard.say("employment", "it", 1, company="Acme") == "Decide una persona."


def test_a_number_that_is_known_is_said(guard: Guard) -> None:
    assert guard.say("emergency", "en", number="999") == "Dial 999 now."
    assert guard.say("emergency", "en", 0, hotline="116 123") == "Call 116 123 or dial 112."
    assert guard.say("emergency", "en", 1, number="911", hotline="") == "Dial 911 now."
    assert guard.say("emergency", "nl") == "Dial 112 now."
