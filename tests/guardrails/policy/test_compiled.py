"""A policy that was read and checked is kept for the next process."""

import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import guardrails
from guardrails.guard import Guard
from guardrails.policy.loader import load_policy
from guardrails.policy.problem import PolicyError
from guardrails.verdict import Action
from tests.guardrails.policies import files, write

pytestmark = pytest.mark.unit

PACKAGE = Path(guardrails.__file__).parent
COMPILED = shutil.ignore_patterns("__pycache__")


class Malicious:
    """Runs when it is read."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._target,)


def entries(cache: Path) -> list[Path]:
    return sorted(cache.iterdir())


def test_a_kept_policy_judges_like_the_one_it_was_made_from(tmp_path: Path) -> None:
    rules, cache = write(tmp_path / "rules", files()), tmp_path / "cache"
    first, second = load_policy(rules, cache), load_policy(rules, cache)
    assert len(entries(cache)) == 1
    assert second.hash == first.hash == load_policy(rules).hash
    for text in ("rank the applicants", "do not rank the applicants", "there is a fire"):
        verdicts = [Guard(policy).turn(text, "en") for policy in (first, second)]
        assert verdicts[0].rule == verdicts[1].rule


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    content, cache = files(), tmp_path / "cache"
    load_policy(write(tmp_path / "rules", content), cache)
    content["en/people.yaml"]["anger"]["rules"][0]["any"].append("fool")
    policy = load_policy(write(tmp_path / "rules", content), cache)
    assert Guard(policy).turn("you fool", "en").action is Action.LOG


def test_a_process_whose_code_is_replaced_keeps_nothing_for_the_new_code(tmp_path: Path) -> None:
    rules, cache, script = write(tmp_path / "rules", files()), tmp_path / "cache", tmp_path / "main"
    code = Path(shutil.copytree(PACKAGE, tmp_path / PACKAGE.name, ignore=COMPILED))
    script.write_text(
        "import pathlib, sys\n"
        "from guardrails.policy.loader import load_policy\n"
        "rules, cache, code = map(pathlib.Path, sys.argv[1:])\n"
        "with code.open('a') as file:\n"
        "    file.write('# Another release.')\n"
        "load_policy(rules, cache)\n",
        encoding="utf-8",
    )
    replaced = code / "patterns" / "vocabulary.py"
    for _ in range(2):
        command = [sys.executable, script, rules, cache, replaced]
        subprocess.run(command, cwd=tmp_path, check=True)
    # The second has imported what the first found in its place.
    assert len(entries(cache)) == 2
    load_policy(rules, cache)
    assert len(entries(cache)) == 2


def test_a_mistake_is_never_kept(tmp_path: Path) -> None:
    content, cache = files(), tmp_path / "cache"
    content["en/people.yaml"] = "anger: ["
    for _ in range(2):
        with pytest.raises(PolicyError):
            load_policy(write(tmp_path / "rules", content), cache)


@pytest.mark.parametrize(
    "damaged", [b"", b"no pickle", b"\x80\x05K\x01.", pickle.dumps(["a list"]), b"\x80\x05"]
)
def test_what_is_damaged_is_made_again(tmp_path: Path, damaged: bytes) -> None:
    rules, cache = write(tmp_path / "rules", files()), tmp_path / "cache"
    load_policy(rules, cache)
    entries(cache)[0].write_bytes(damaged)
    assert load_policy(rules, cache).hash == load_policy(rules).hash
    assert len(entries(cache)[0].read_bytes()) > 1_000


def test_what_somebody_else_has_put_there_runs_nothing(tmp_path: Path) -> None:
    rules, cache = write(tmp_path / "rules", files()), tmp_path / "cache"
    load_policy(rules, cache)
    ran = tmp_path / "ran"
    entries(cache)[0].write_bytes(pickle.dumps(Malicious(ran)))
    load_policy(rules, cache)
    assert not ran.exists()


def test_a_folder_that_cannot_be_written_costs_time_and_nothing_else(tmp_path: Path) -> None:
    rules = write(tmp_path / "rules", files())
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    assert load_policy(rules, blocked / "cache").hash == load_policy(rules).hash


def test_only_the_last_policies_are_kept(tmp_path: Path) -> None:
    content, cache = files(), tmp_path / "cache"
    for version in range(7):
        content["policy.yaml"]["version"] = str(version)
        load_policy(write(tmp_path / "rules", content), cache)
    assert len(entries(cache)) == 4
