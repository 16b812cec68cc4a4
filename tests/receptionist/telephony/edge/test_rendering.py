"""What Kamailio and rtpengine are given to run with."""

import re
from collections.abc import Mapping
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from receptionist.errors import ConfigurationError
from receptionist.telephony.edge.plan import EdgePlan
from receptionist.telephony.edge.rendering import TEMPLATES, render

pytestmark = pytest.mark.unit

HA1 = md5(b"alice:phones.test:wonderland").hexdigest()
DIRECTIVE = re.compile(
    r'(#!(substdefs?|define) .*|alias="[A-Za-z0-9.-]+"|enable_tls=yes|listen=\S+( advertise \S+)?)'
)


def test_everything_a_plan_says_arrives(tmp_path: Path) -> None:
    folder = rendered(tmp_path, accounts=f"alice:phones.test:{HA1}\n")
    settings = (folder / "settings.cfg").read_text()
    assert "listen=udp:10.0.0.5:5060 advertise 203.0.113.5:5060" in settings
    assert "listen=udp:10.1.0.5:5070\n" in settings
    assert (folder / "dispatcher.list").read_text().splitlines() == [
        "1 sip:10.1.0.11:5060 0 0 socket=udp:10.1.0.5:5070",
        "1 sip:10.1.0.12:5060 0 0 socket=udp:10.1.0.5:5070",
        "2 sip:198.51.100.1:5060;transport=udp 0 0",
    ]
    assert (folder / "addresses.list").read_text().splitlines() == [
        "1 10.1.0.11 32 0 node",
        "1 10.1.0.12 32 0 node",
        "2 198.51.100.0 28 0 carrier",
    ]
    assert "interface = edge/10.0.0.5!203.0.113.5;node/10.1.0.5" in media(folder)
    assert f"alice:0:0:{HA1}:0" in (folder / "tables" / "accounts").read_text()


def test_it_can_be_written_for_another_machine(tmp_path: Path) -> None:
    folder = rendered(tmp_path, at=Path("/etc/receptionist-edge"))
    assert '"!EDGE_DIR!/etc/receptionist-edge!g"' in (folder / "settings.cfg").read_text()
    assert str(tmp_path) not in (folder / "receptionist-edge.service").read_text()


def test_keys_and_passwords_are_named_or_hashed_and_never_copied(tmp_path: Path) -> None:
    (tmp_path / "edge.key").write_text("THE KEY")
    folder = rendered(
        tmp_path,
        secret="exchange",
        outside={"tls": 5061, "certificate": "edge.pem", "private_key": "edge.key"},
    )
    written = {file: file.read_text() for file in folder.rglob("*") if file.is_file()}
    assert not [file for file, text in written.items() if "THE KEY" in text or "exchange" in text]
    assert f"private_key = {tmp_path / 'edge.key'}" in written[folder / "tls.cfg"]
    assert md5(b"reception:pbx:exchange").hexdigest() in written[folder / "tables" / "uacreg"]


def test_only_its_owner_can_read_what_is_secret(tmp_path: Path) -> None:
    folder = rendered(tmp_path)
    tables = folder / "tables"
    assert tables.stat().st_mode & 0o077 == 0
    assert {file.stat().st_mode & 0o777 for file in tables.iterdir()} == {0o600}
    secret = (tables / "accounts").stat()
    rendered(tmp_path)
    assert (tables / "accounts").stat().st_mode == secret.st_mode


def test_what_proves_a_call_stays_the_same_when_it_is_written_again(tmp_path: Path) -> None:
    secret = (rendered(tmp_path) / "secret.cfg").read_text()
    assert (rendered(tmp_path) / "secret.cfg").read_text() == secret
    (tmp_path / "edge" / "secret.cfg").unlink()
    assert (rendered(tmp_path) / "secret.cfg").read_text() != secret
    assert (tmp_path / "edge" / "secret.cfg").stat().st_mode & 0o777 == 0o600


def test_without_a_certificate_there_is_no_tls(tmp_path: Path) -> None:
    folder = rendered(tmp_path)
    assert not (folder / "tls.cfg").exists()
    assert "WITH_TLS" not in (folder / "settings.cfg").read_text()


@pytest.mark.parametrize(
    "line",
    [
        "alice",
        "alice:elsewhere.test:" + HA1,
        "alice:phones.test:wonderland",
        f"alice:phones.test:{HA1}\nalice:phones.test:{HA1}",
        "al ice:phones.test:" + HA1,
    ],
)
def test_an_account_that_cannot_work_is_said_with_its_line(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigurationError, match=r"accounts, line \d"):
        rendered(tmp_path, accounts=line)


def test_an_empty_password_of_a_registration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is empty"):
        rendered(tmp_path, secret="\n")


ODD = st.text(alphabet="ab1.-:/\n\"'!#$; ", max_size=12)


@given(domain=ODD, user=ODD, origin=ODD.map(lambda text: f"https://{text}"))
def test_nothing_in_a_plan_becomes_configuration_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, domain: str, user: str, origin: str
) -> None:
    tmp_path = tmp_path_factory.mktemp("plan")
    (tmp_path / "secret").write_text("exchange")
    try:
        plan = plan_of(
            tmp_path, outside={"ws": 8080, "origins": [origin]}, domain=domain, user=user
        )
    except ValidationError:
        return
    render(plan.model_copy(update={"accounts_file": None}), tmp_path / "edge")
    lines = (tmp_path / "edge" / "settings.cfg").read_text().splitlines()
    assert [line for line in lines if line and not DIRECTIVE.fullmatch(line)] == []


def test_every_value_is_used_by_the_routes(tmp_path: Path) -> None:
    folder = rendered(tmp_path)
    defined = set(re.findall(r'#!substdefs? "!(\w+)!', (folder / "settings.cfg").read_text()))
    routes = "".join(file.read_text() for file in TEMPLATES.glob("*.cfg"))
    assert len(defined) > 20
    assert {token for token in defined if not re.search(rf"\b{token}", routes)} == set()


def rendered(
    tmp_path: Path,
    *,
    accounts: str = "",
    secret: str = "exchange",
    at: Path | None = None,
    outside: Mapping[str, Any] | None = None,
) -> Path:
    (tmp_path / "accounts").write_text(accounts)
    (tmp_path / "secret").write_text(secret)
    render(plan_of(tmp_path, outside=outside), tmp_path / "edge", at=at)
    return tmp_path / "edge"


def plan_of(
    tmp_path: Path,
    *,
    outside: Mapping[str, Any] | None = None,
    domain: str = "phones.test",
    user: str = "reception",
) -> EdgePlan:
    account = {
        "registrar": "pbx.test:5060",
        "user": user,
        "realm": "pbx",
        "secret_file": "secret",
        "called": "reception",
    }
    plan = {
        "domain": domain,
        "outside": {"address": "10.0.0.5", "advertised": "203.0.113.5", **(outside or {})},
        "nodes": {"address": "10.1.0.5", "targets": ["10.1.0.11:5060", "10.1.0.12:5060"]},
        "accounts_file": "accounts",
        "trunks": [
            {
                "name": "carrier",
                "addresses": ["198.51.100.0/28"],
                "gateways": ["198.51.100.1:5060"],
            },
            {"name": "pbx", "register": account},
        ],
    }
    return EdgePlan.model_validate(plan, context=tmp_path)


def media(folder: Path) -> str:
    return (folder / "rtpengine.conf").read_text()
