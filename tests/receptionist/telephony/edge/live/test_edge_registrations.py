"""The edge is registered with PBXs and providers, once for all its nodes."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from eval.telephony_edge import (
    DOMAIN,
    RunningEdge,
    running_edge,
    until,
)
from eval.telephony_phone import RawPhone

pytestmark = pytest.mark.integration

HERE = "here.test"


@pytest.fixture
async def pbx(tmp_path: Path) -> AsyncGenerator[RunningEdge, None]:
    """A PBX: another edge, of which the first has the account `bob`."""
    (tmp_path / "there").mkdir()
    async with running_edge(tmp_path / "there") as running:
        yield running


async def test_a_call_to_a_registered_account_reaches_a_node_by_its_number(
    pbx: RunningEdge, tmp_path: Path
) -> None:
    async with (
        running_edge(tmp_path, changes=registered(pbx, tmp_path, "builder")) as edge,
        await RawPhone.at(pbx.sip, user="alice", domain=DOMAIN, password="wonderland") as alice,
    ):
        await until(lambda: contacts(pbx) == 1, within_s=15)
        call = await alice.invite("bob")
        assert call.status == 200
        assert call.target.partition("@")[2].partition(";")[0] == edge.nodes[0].target
        assert (await alice.bye(call)).status == 200


async def test_two_nodes_share_one_registration(pbx: RunningEdge, tmp_path: Path) -> None:
    async with (
        running_edge(tmp_path, nodes=2, changes=registered(pbx, tmp_path, "builder")) as edge,
        await RawPhone.at(pbx.sip, user="alice", domain=DOMAIN, password="wonderland") as alice,
    ):
        await until(lambda: contacts(pbx) == 1, within_s=15)
        calls = [await alice.invite("bob") for _ in range(4)]
        answered = {call.target.partition("@")[2].partition(";")[0] for call in calls}
        assert answered == {node.target for node in edge.nodes}
        for call in calls:
            assert (await alice.bye(call)).status == 200


async def test_a_wrong_password_is_not_tried_again_at_once(
    pbx: RunningEdge, tmp_path: Path
) -> None:
    async with running_edge(tmp_path, changes=registered(pbx, tmp_path, "guess")):
        await until(lambda: bool(wrong(pbx)), within_s=15)
        assert wrong(pbx) == 1
    assert contacts(pbx) == 0


def registered(pbx: RunningEdge, folder: Path, password: str) -> dict[str, object]:
    secret = folder / "secret"
    secret.write_text(f"{password}\n")
    account = {
        "registrar": f"127.0.0.1:{pbx.sip[1]}",
        "user": "bob",
        "realm": DOMAIN,
        "secret_file": str(secret),
        "called": "+39065550100",
    }
    trunk = {"name": "pbx", "addresses": ["127.0.0.1/32"], "register": account}
    return {"domain": HERE, "trunks": [trunk], "accounts_file": None}


def contacts(edge: RunningEdge) -> int:
    """Returns how many phones are registered with an edge."""
    found = str(edge.control.call("ul.dump"))
    return found.count("'Address'")


def wrong(edge: RunningEdge) -> int:
    """Returns how many wrong passwords an edge has seen from one account."""
    found = edge.control.call("htable.dump", "wrong")
    assert isinstance(found, list)
    return max((slot["value"] for entry in found for slot in entry["slot"]), default=0)
