from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guardrails.policy.loader import load_policy
from guardrails.policy.problem import PolicyError
from tests.guardrails.policies import files, small_policy, write

pytestmark = pytest.mark.unit

Change = Callable[[dict[str, Any]], object]


def problems(folder: Path, change: Change) -> list[str]:
    content = files()
    change(content)
    with pytest.raises(PolicyError) as caught:
        load_policy(write(folder, content))
    return [str(problem) for problem in caught.value.problems]


def rule(content: dict[str, Any]) -> dict[str, Any]:
    return content["en/annex-iii.yaml"]["employment"]["rules"][0]


def category(content: dict[str, Any]) -> dict[str, Any]:
    return content["policy.yaml"]["categories"]["employment"]


def employment(content: dict[str, Any]) -> dict[str, Any]:
    return content["en/annex-iii.yaml"]["employment"]


def test_a_policy_is_loaded_with_all_its_languages(tmp_path: Path) -> None:
    policy = small_policy(tmp_path)
    assert list(policy.categories) == ["employment", "emergency", "anger"]
    assert list(policy.languages) == ["en", "it"]
    assert policy.categories["employment"].escalate
    assert not policy.categories["anger"].window
    assert [one.rule for one in policy.languages["it"].rules] == ["emergency.it.fire"]


MISTAKES: list[tuple[Change, str]] = [
    (lambda c: rule(c).update(any=["(a"]), "'(a' lacks a ')'"),
    (lambda c: rule(c).update(any=[".."]), "without any of its words"),
    (lambda c: rule(c).update(any=[]), "at least 1 item"),
    (lambda c: rule(c).update(any=["<nobody>"]), "names the class <nobody>"),
    (lambda c: rule(c).update(unless=["[x]"]), "unless.0"),
    (lambda c: rule(c).update(stages=["interim"]), "interim is no stage 'employment'"),
    (lambda c: rule(c).update(stages=["nowhere"]), "stages.0"),
    (lambda c: rule(c).update(sometimes=["x"]), "Extra inputs are not permitted"),
    (lambda c: rule(c).update(id="in-settings"), "is the id of another rule"),
    (lambda c: rule(c).update(id="Upper Case"), "String should match pattern"),
    (lambda c: employment(c).update(say=[]), "at least 1 item"),
    (lambda c: employment(c).update(say=["{company} decides"]), "neither {company} nor"),
    (lambda c: employment(c).update(say=["Dial {nummer}", "x"]), "has 'nummer' in braces"),
    (lambda c: employment(c).update(say=["Dial {", "x"]), "in braces"),
    (lambda c: c["en/annex-iii.yaml"].update(cooking={}), "is no category of policy.yaml"),
    (lambda c: c["en/people.yaml"].update(employment=employment(c)), "in another file"),
    (lambda c: c.pop("it/people.yaml"), "no file of the folder has the category 'anger'"),
    (lambda c: category(c).update(thresholds={"config": "1.5"}), "less than or equal to 1"),
    (lambda c: category(c).update(thresholds={}), "thresholds lacks config, turn"),
    (lambda c: category(c)["actions"].update(turn="ask"), "ask is for config"),
    (lambda c: category(c)["actions"].update(turn="shout"), "actions.turn"),
    (lambda c: category(c)["actions"].update(lunch="pass"), "actions.lunch"),
    (lambda c: c["policy.yaml"].update(window_turns="0"), "window_turns"),
    (lambda c: c["policy.yaml"].update(colour="red"), "Extra inputs"),
    (lambda c: c["numbers.yaml"]["countries"].update(gb={"emergency": "1"}), "countries.gb"),
    (lambda c: c.update({"numbers.yaml": ""}), "Input should be"),
    (lambda c: c.update({"en/people.yaml": "- a list"}), "no mapping"),
    (lambda c: c.update({"en/people.yaml": "anger: ["}), "is no YAML"),
    (lambda c: c.update({"en/people.yaml": "anger: {}\nanger: {}"}), "given twice"),
    (lambda c: c.update({"en/claims.yaml": "done: ["}), "is no YAML"),
    (lambda c: c["en/words.yaml"]["classes"].update(a=["<b>"], b=["<a>"]), "part of itself"),
    (lambda c: c["en/words.yaml"]["classes"].update(a=["(x"]), "classes.a.0"),
]


@pytest.mark.parametrize(
    ("change", "expected"),
    MISTAKES,
)
def test_a_mistake_is_refused_with_its_place(tmp_path: Path, change: Change, expected: str) -> None:
    found = problems(tmp_path, change)
    assert any(expected in problem for problem in found), found


def test_all_problems_come_at_once_each_with_its_file_and_line(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["en/people.yaml"] = (
            "anger:\n"
            "  say: [Sorry]\n"
            "  rules:\n"
            "    - id: insult\n"
            "      any:\n"
            "        - fine words\n"
            "        - (broken\n"
        )
        content["it/words.yaml"] = "classes:\n  one: ['<one>']\n"
        category(content)["law"] = ""

    found = problems(tmp_path, change)
    assert any(line.startswith("en/people.yaml:7: ") for line in found)
    assert any(line.startswith("it/words.yaml:2: ") for line in found)
    assert any(line.startswith("policy.yaml:") for line in found)


def test_a_policy_without_english_is_refused(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        for name in [name for name in content if name.startswith("en/")]:
            del content[name]

    assert any("'en' is missing" in problem for problem in problems(tmp_path, change))


def test_a_folder_without_a_policy_says_so(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="cannot be read"):
        load_policy(tmp_path)


def test_words_of_yaml_are_words(tmp_path: Path) -> None:
    content = files()
    content["en/people.yaml"] = "anger: {say: [no], rules: [{id: x, any: [112, no, on]}]}"
    assert len(load_policy(write(tmp_path, content)).languages["en"].rules[-1].patterns) == 3


DECISIVE: list[Change] = [
    lambda c: rule(c)["any"].append("hire"),
    lambda c: rule(c)["unless"].append("later"),
    lambda c: category(c)["thresholds"].update(turn="0.7"),
    lambda c: category(c)["actions"].update(output="handoff"),
    lambda c: c["en/words.yaml"]["classes"]["decide"].append("choose"),
    lambda c: c.update({"en/seeds/ordinary.yaml": {"turn": ["Good morning"]}}),
    lambda c: c.update({"en/claims.yaml": {"noted": ["x"]}}),
    lambda c: c["policy.yaml"].update(window_turns="2"),
]


@pytest.mark.parametrize(
    "change",
    DECISIVE,
)
def test_the_hash_changes_with_whatever_decides(tmp_path: Path, change: Change) -> None:
    before = small_policy(tmp_path / "before").hash
    content = files()
    change(content)
    assert load_policy(write(tmp_path / "after", content)).hash != before


def test_the_hash_is_of_what_is_said_not_of_how_it_is_written(tmp_path: Path) -> None:
    before = small_policy(tmp_path / "before").hash
    content = files()
    content["en/people.yaml"] = (
        "# A comment\r\nanger:\r\n  rules:\r\n    - any: [ 'idiot*' ]\r\n      id: insult\r\n"
        '  say: ["I am sorry."]\r\n'
    )
    assert load_policy(write(tmp_path / "after", content)).hash == before


def test_numbers_are_those_of_the_country_or_the_one_of_mobile_telephones(tmp_path: Path) -> None:
    numbers = small_policy(tmp_path).numbers
    assert (numbers.of("gb").emergency, numbers.of("GB").self_harm) == ("999", "116 123")
    assert (numbers.of("NO").emergency, numbers.of("NO").self_harm) == ("112", "")
    assert numbers.of("ZZ").emergency == "112"


@given(st.text(alphabet="anger:{}[]say, \n-'\"#&*!|>?id\t", max_size=60) | st.text(max_size=40))
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_file_is_read_or_refused(tmp_path: Path, text: str) -> None:
    content = files() | {"en/people.yaml": text}
    with pytest.raises(PolicyError) as caught:
        load_policy(write(tmp_path, content))
    assert all(problem.line > 0 for problem in caught.value.problems)
