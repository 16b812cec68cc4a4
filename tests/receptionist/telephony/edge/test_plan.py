"""What may stand in the plan of an edge."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from receptionist.errors import ConfigurationError
from receptionist.telephony.edge.plan import EdgePlan

pytestmark = pytest.mark.unit

DEPLOY = Path(__file__).parents[4] / "deploy" / "edge"
SMALLEST: Mapping[str, Any] = {
    "domain": "phones.test",
    "outside": {"address": "192.0.2.1"},
    "nodes": {"address": "10.0.0.1", "targets": ["10.0.0.2:5060"]},
    "trunks": [{"name": "carrier", "addresses": ["198.51.100.0/24"]}],
}
REGISTER = {
    "registrar": "pbx.test:5060",
    "user": "reception",
    "realm": "pbx",
    "secret_file": "secret",
    "called": "reception",
}


@pytest.mark.parametrize("name", ["loopback.yaml", "example.yaml"])
def test_the_plans_that_come_with_it_can_be_read(name: str) -> None:
    assert EdgePlan.read(DEPLOY / name).nodes.targets


def test_the_smallest_plan_is_enough(tmp_path: Path) -> None:
    assert read(tmp_path, SMALLEST).trunks[0].name == "carrier"


def test_a_file_is_named_by_its_place_beside_the_plan(tmp_path: Path) -> None:
    plan = read(tmp_path, {**SMALLEST, "accounts_file": "secrets/accounts"})
    assert plan.accounts_file == tmp_path / "secrets" / "accounts"
    plan = read(tmp_path, {**SMALLEST, "accounts_file": "/etc/edge/accounts"})
    assert plan.accounts_file == Path("/etc/edge/accounts")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"domain": "phones test"}, "domain"),
        ({"colour": "red"}, "colour"),
        ({"trunks": []}, "nobody could call"),
        ({"trunks": [{"name": "a"}, {"name": "a"}]}, "trunk is there twice: a"),
        (
            {"trunks": [{"name": "a", "account": "x"}, {"name": "b", "account": "x"}]},
            "account of a trunk is there twice: x",
        ),
        (
            {
                "trunks": [
                    {"name": "a", "gateways": ["192.0.2.9:5060"]},
                    {"name": "b", "gateways": ["192.0.2.8:5060"]},
                ]
            },
            "one trunk can have gateways",
        ),
        (
            {"trunks": [{"name": "a", "gateways": ["gw.test:5061"], "transport": "tls"}]},
            "needs authorities",
        ),
        ({"trunks": [{"name": "a", "gateways": ["gw.test"]}]}, "no host:port"),
        ({"trunks": [{"name": "a", "gateways": ["gw.test:70000"]}]}, "no host:port"),
        ({"trunks": [{"name": "a", "addresses": ["198.51.100.7/24"]}]}, "valid IPv4 network"),
        ({"outside": {"address": "192.0.2.1", "tls": 5061}}, "certificate and private_key"),
        ({"outside": {"address": "192.0.2.1", "ws": 8080}}, "origins"),
        ({"outside": {"address": "192.0.2.1", "udp": None, "tcp": None}}, "one of udp, tcp"),
        (
            {
                "outside": {"address": "10.0.0.1", "udp": 5060},
                "nodes": {"address": "10.0.0.1", "port": 5060, "targets": ["10.0.0.2:5060"]},
            },
            "UDP port is there twice: 5060",
        ),
        ({"outside": {"address": "192.0.2.1", "tcp": 5061, "tls": 5061}}, "certificate"),
        ({"nodes": {"address": "10.0.0.1", "targets": []}}, "targets"),
        ({"media": {"first_port": 40000, "last_port": 40004}}, "last_port"),
        ({"accounts_file": "my accounts"}, "blanks, quotes"),
        ({"trunks": [{"name": "a", "register": {**REGISTER, "user": "a:b"}}]}, "register.user"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_place(
    tmp_path: Path, changes: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read(tmp_path, {**SMALLEST, **changes})


def test_a_plan_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        EdgePlan.read(tmp_path / "plan.yaml")


@given(st.binary(max_size=200))
def test_any_file_is_a_plan_or_an_error_that_a_person_can_read(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError):
        EdgePlan.read(file)


def read(folder: Path, plan: Mapping[str, Any]) -> EdgePlan:
    file = folder / "plan.yaml"
    file.write_text(yaml.safe_dump(dict(plan)))
    return EdgePlan.read(file)
