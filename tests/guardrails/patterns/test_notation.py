import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guardrails.patterns.grammar import Grammar, Pattern
from guardrails.text.normaliser import words

pytestmark = pytest.mark.unit


def grammar(**classes: list[str]) -> Grammar:
    made = Grammar("en")
    made.learn_classes({name.replace("_", "-"): texts for name, texts in classes.items()})
    return made


def occurs(pattern: str, text: str, **classes: list[str]) -> bool:
    made = grammar(**classes)
    read = made.pattern("rule", pattern)
    assert isinstance(read, Pattern), made.flaws
    sentence = made.vocabulary.look_at(words(text, "en"))
    return bool(read.ends(sentence, sentence.ends))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("rank*", "ranking"),
        ("rank*", "rank"),
        ("*bescheid", "Rentenbescheid"),
        ("*bewerb*", "Initiativbewerbung"),
        ("(a|b c) d", "b c d"),
        ("call [me] back", "call back"),
        ("call [me] back", "call me back"),
        ("rank .. people", "rank all of the people"),
        ("rank ... people", "rank one two three four five six people"),
        ("rank .. people", "rank people"),
        ("^ fire $", "Fire!"),
        ("can't", "I can’t"),
        ("self-employ*", "the self employed"),
        ("*los gelassen*", "ruhelos gelassener"),
        ("help me help me", "help me, help me"),
        ("911", "dial 911"),
        ("[^] (x|y) $", "y"),
    ],
)
def test_a_pattern_occurs(pattern: str, text: str) -> None:
    assert occurs(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("rank", "ranking"),
        ("*bescheid", "bescheiden"),
        ("rank .. people", "rank one two three four people"),
        ("rank ... people", "rank one two three four five six seven people"),
        ("^ fire", "no fire"),
        ("fire $", "fire drill"),
        ("(a|b c) d", "b d"),
        ("x y", "y x"),
    ],
)
def test_a_pattern_does_not_occur(pattern: str, text: str) -> None:
    assert not occurs(pattern, text)


def test_a_class_may_hold_phrases_open_words_and_other_classes() -> None:
    classes = {"decide": ["rank*", "sort out", "<judge>"], "judge": ["judg*"]}
    for text in ("sort out people", "judging people", "rank people"):
        assert occurs("<decide> people", text, **classes)
    assert not occurs("<decide> people", "sort people", **classes)


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("(a|b", "lacks a ')'"),
        ("[a", "lacks a ']'"),
        ("(a]", "lacks a ')'"),
        ("a)", "closes nothing"),
        ("a|b", "outside of brackets"),
        ("(a|)", "empty alternative"),
        ("()", "empty alternative"),
        ("", "empty"),
        ("..", "without any of its words"),
        ("[a]", "without any of its words"),
        ("^ $", "without any of its words"),
        ("([a]|b)", "without any of its words"),
        ("rank(s|ed)", "needs a space"),
        ("(a)b", "needs a space"),
        ("a<b>", "needs a space"),
        ("<b", "without its other half"),
        ("<nobody>", "does not have"),
        ("a*b", "inside of"),
        ("*", "no text has"),
        ("uhm", "no text has"),
        ("--", "no text has"),
        ("((((((((((a))))))))))", "in each other"),
        ("a " * 400, "longer than"),
    ],
)
def test_a_mistake_is_named(pattern: str, complaint: str) -> None:
    made = grammar()
    assert made.pattern("rule", pattern) is None
    assert [complaint in flaw.message for flaw in made.flaws] == [True]


def test_classes_in_a_circle_are_named_once() -> None:
    made = grammar(a=["x", "<b>"], b=["<c>"], c=["<a>", "y"])
    assert [(flaw.owner, flaw.pattern) for flaw in made.flaws] == [("c", "<a>")]
    assert made.pattern("rule", "<a> <b> <c>") is not None


@given(st.text(alphabet="ab*()[]|<>^$. é-'1\n", max_size=30) | st.text(max_size=30))
@settings(max_examples=1500, deadline=None)
def test_any_text_is_read_or_refused_with_one_reason(text: str) -> None:
    made = grammar(a=["b", "a b"])
    read = made.pattern("rule", text)
    assert (read is None) == (len(made.flaws) == 1)
    if read is not None:
        assert read.needs
        empty = made.vocabulary.look_at([])
        assert not read.ends(empty, empty.ends)
