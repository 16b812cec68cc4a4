"""What tests of the screen share."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from guardrails.guard import Guard
from guardrails.policy.loader import load_policy
from guardrails.policy.models import Policy
from receptionist.settings import Settings
from receptionist.tenants.bundle import Examined, examine
from receptionist.tenants.screen_admission import screen, stricter
from receptionist.tenants.screen_report import Screened
from tests.receptionist.tenants.doubtful_bundle import DoubtfulHead
from tests.receptionist.tenants.small_bundle import write_bundle


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(cache=Settings().index_cache_dir)


@pytest.fixture
def head() -> DoubtfulHead:
    return DoubtfulHead()


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    (tmp_path / "prompts").mkdir()
    return partial(write_bundle, tmp_path)


@pytest.fixture
def screened(policy: Policy, head: DoubtfulHead) -> Callable[..., tuple[Screened, Examined]]:
    def ask(folder: Path, cache: Path | None = None) -> tuple[Screened, Examined]:
        examined = examine(folder)
        assert examined.config is not None, examined.problems
        mine, wrong = stricter(policy, examined.config, examined.place)
        assert wrong == []
        return screen(examined.config, mine, lambda: Guard(mine, head), "h", cache), examined

    return ask
