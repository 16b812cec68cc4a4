"""Writes what Kamailio and rtpengine run with, from a plan and the templates of the edge."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from hashlib import md5
from pathlib import Path
from secrets import token_hex
from string import Template

from receptionist.errors import ConfigurationError
from receptionist.telephony.edge.plan import EdgePlan, Outside, Trunk

TEMPLATES = Path(__file__).parents[3] / "deploy" / "edge" / "templates"
NODES, TRUNKS = 1, 2
"""Groups of addresses, and sets of destinations."""

HTABLE = "key_name(string) key_type(int) value_type(int) key_value(string) expires(int)"
TEXT, NUMBER = 0, 1
"""Types of a value in a table that Kamailio loads into an htable."""

UACREG = (
    "l_uuid(string) l_username(string) l_domain(string) r_username(string) r_domain(string) "
    "realm(string) auth_username(string) auth_password(string,null) auth_ha1(string) "
    "auth_proxy(string) expires(int) flags(int) reg_delay(int) "
    "contact_addr(string,null) socket(string,null)"
)
VERSIONS = "".join(
    f"{line}\n"
    for line in (
        "table_name(string) table_version(int)",
        "accounts:2",
        "trunks:2",
        "registered:2",
        "origins:2",
        "uacreg:5",
    )
)


def render(
    plan: EdgePlan, folder: Path, *, at: Path | None = None, templates: Path = TEMPLATES
) -> None:
    """Writes the configuration of an edge; what is secret there only its owner can read.

    Args:
        plan: What the operator said.
        folder: Where the files go; made when it is not there.
        at: Where the files will be on the machine that runs them, when that is another place.
        templates: The folder of the templates.

    Raises:
        ConfigurationError: A file that the plan refers to says nothing usable.
    """
    if not templates.is_dir():
        raise ConfigurationError(f"The templates of the edge are not in {str(templates)!r}.")
    accounts, secrets = _accounts(plan), _secrets(plan)
    for name, mode in (("tables", 0o700), ("run", 0o755)):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=mode)
    values = _values(plan, (at or folder).absolute())
    for template in sorted(templates.iterdir()):
        if template.suffix != ".tmpl":
            shutil.copyfile(template, folder / template.name)
        elif template.name != "tls.cfg.tmpl" or plan.outside.certificate:
            text = Template(template.read_text(encoding="utf-8")).substitute(values)
            (folder / template.stem).write_text(text, encoding="utf-8")
    (folder / "addresses.list").write_text(_lines(_addresses(plan)), encoding="utf-8")
    (folder / "dispatcher.list").write_text(_lines(_destinations(plan)), encoding="utf-8")
    for name, text in _tables(plan, accounts, secrets).items():
        _write_secret(folder / "tables" / name, text)
    if not (folder / "secret.cfg").exists():
        # Calls outlive a restart: what proves them stays the same.
        made = f'#!substdef "!EDGE_SECRET!{token_hex(32)}!g"\n'
        _write_secret(folder / "secret.cfg", made)


# --- inside ---------------------------------------------------------------------------------


def _values(plan: EdgePlan, folder: Path) -> Mapping[str, object]:
    outside, nodes, limits, media = plan.outside, plan.nodes, plan.limits, plan.media
    seen = outside.advertised or outside.address
    interface = f"edge/{outside.address}" + (f"!{seen}" if outside.advertised else "")
    return {
        "folder": folder,
        "domain": plan.domain,
        "media_control": media.control,
        "media": "replace-origin replace-session-connection strict-source",
        "registered_at": f"{seen}:{outside.udp or outside.tcp or outside.tls}",
        "max_forwards": limits.max_forwards,
        "requests_per_2s": limits.requests_per_2s,
        "phone_calls_per_s": limits.phone_calls_per_s,
        "calls_per_s": limits.calls_per_s,
        "wrong_passwords": limits.wrong_passwords,
        "lock_s": limits.lock_s,
        "node_answer_ms": nodes.answer_ms,
        "node_silence_ms": nodes.silence_ms,
        "node_address": nodes.address,
        "node_port": nodes.port,
        "switches": "\n".join(_switches(plan)),
        "listen": "\n".join(_listen(plan)),
        "certificate": outside.certificate,
        "private_key": outside.private_key,
        "gateways_are": "\n".join(_trusted(outside)),
        "media_capabilities": " CAP_NET_ADMIN" if media.in_kernel else "",
        "table": 0 if media.in_kernel else -1,
        "interfaces": f"{interface};node/{nodes.address}",
        "first_port": media.first_port,
        "last_port": media.last_port,
    }


def _switches(plan: EdgePlan) -> Iterator[str]:
    outside = plan.outside
    if outside.certificate:
        yield "#!define WITH_TLS\nenable_tls=yes"
    if port := outside.wss or outside.ws:
        yield "#!define WITH_WEBSOCKET"
        yield f'#!substdef "!WEBSOCKET_PORT!{port}!g"'
    if trunk := _outgoing(plan):
        account = trunk.registration
        yield "#!define WITH_GATEWAY"
        yield f'#!substdef "!GATEWAY_PROFILE!{"sdes" if trunk.srtp else "avp"}!g"'
        yield f'#!substdef "!GATEWAY_USER!{account.user if account else ""}!g"'
        yield f'#!substdef "!GATEWAY_REALM!{account.realm if account else ""}!g"'


def _listen(plan: EdgePlan) -> Iterator[str]:
    outside, nodes = plan.outside, plan.nodes
    for protocol, port in _outside_ports(outside):
        known = f" advertise {outside.advertised}:{port}" if outside.advertised else ""
        yield f"listen={protocol}:{outside.address}:{port}{known}"
    yield f"listen=udp:{nodes.address}:{nodes.port}"


def _trusted(outside: Outside) -> Iterator[str]:
    wanted = "yes" if outside.authorities else "no"
    yield f"verify_certificate = {wanted}\nrequire_certificate = {wanted}"
    if outside.authorities:
        yield f"ca_list = {outside.authorities}"


def _outside_ports(outside: Outside) -> Iterator[tuple[str, int]]:
    ports = {"udp": outside.udp, "tcp": outside.tcp, "tls": outside.tls}
    yield from ((protocol, port) for protocol, port in ports.items() if port)
    if outside.wss:
        yield "tls", outside.wss
    if outside.ws:
        yield "tcp", outside.ws


def _addresses(plan: EdgePlan) -> Iterator[str]:
    for host in sorted({target.rpartition(":")[0] for target in plan.nodes.targets}):
        yield f"{NODES} {host} 32 0 node"
    for trunk in plan.trunks:
        for network in trunk.addresses:
            yield f"{TRUNKS} {network.network_address} {network.prefixlen} 0 {trunk.name}"


def _destinations(plan: EdgePlan) -> Iterator[str]:
    nodes = plan.nodes
    for target in nodes.targets:
        yield f"{NODES} sip:{target} 0 0 socket=udp:{nodes.address}:{nodes.port}"
    if trunk := _outgoing(plan):
        for gateway in trunk.gateways:
            yield f"{TRUNKS} sip:{gateway};transport={trunk.transport} 0 0"


def _outgoing(plan: EdgePlan) -> Trunk | None:
    return next((trunk for trunk in plan.trunks if trunk.gateways), None)


def _tables(
    plan: EdgePlan, accounts: Mapping[str, str], secrets: Mapping[str, str]
) -> Mapping[str, str]:
    outgoing = _outgoing(plan)
    known = [(trunk.account, TEXT, trunk.name) for trunk in plan.trunks if trunk.account]
    rates = [
        (f"rate::trunk:{trunk.name}", NUMBER, str(trunk.calls_per_s))
        for trunk in plan.trunks
        if trunk.calls_per_s
    ]
    secret = secrets.get(outgoing.name, "") if outgoing else ""
    gateway = [("gateway::secret", TEXT, secret)] if secret else []
    called = [
        (trunk.registration.user, TEXT, trunk.registration.called)
        for trunk in plan.trunks
        if trunk.registration
    ]
    return {
        "version": VERSIONS,
        "accounts": _htable([(user, TEXT, ha1) for user, ha1 in sorted(accounts.items())]),
        "trunks": _htable([*known, *rates, *gateway]),
        "registered": _htable(called),
        "origins": _htable([(origin, NUMBER, "1") for origin in plan.outside.origins]),
        "uacreg": _lines([UACREG, *_registrations(plan, secrets)]),
    }


def _registrations(plan: EdgePlan, secrets: Mapping[str, str]) -> Iterator[str]:
    for trunk in plan.trunks:
        if account := trunk.registration:
            host = account.registrar.rpartition(":")[0]
            uri = f"sip:{account.registrar};transport={trunk.transport}"
            cells = [account.user, account.user, plan.domain, account.user, host, account.realm]
            cells += [account.user, "", secrets[trunk.name], uri, str(account.expires_s)]
            yield ":".join(_cell(cell) for cell in [*cells, "0", "0", "", ""])


def _htable(rows: Sequence[tuple[str, int, str]]) -> str:
    found = [f"{_cell(key)}:0:{kind}:{_cell(value)}:0" for key, kind, value in rows]
    return _lines([HTABLE, *found])


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _lines(lines: Sequence[str] | Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _accounts(plan: EdgePlan) -> Mapping[str, str]:
    """Returns the digest of each account of the plan's domain."""
    file = plan.accounts_file
    if file is None:
        return {}
    found: dict[str, str] = {}
    for number, line in enumerate(_read(file).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"([A-Za-z0-9+._-]{1,64}):([^:]+):([0-9a-f]{32})", line.strip())
        if match is None or match[2] != plan.domain or match[1] in found:
            raise ConfigurationError(
                f"{file}, line {number}: is no `user:{plan.domain}:hash` as htdigest writes it, "
                "or the user is there twice."
            )
        found[match[1]] = match[3]
    return found


def _secrets(plan: EdgePlan) -> Mapping[str, str]:
    """Returns the digest of each registration, by the name of its trunk."""
    found: dict[str, str] = {}
    for trunk in plan.trunks:
        if account := trunk.registration:
            secret = _read(account.secret_file).strip()
            if not secret:
                raise ConfigurationError(f"{account.secret_file} is empty; it holds a password.")
            # The digest of SIP (RFC 3261 section 22.4); no hash of ours.
            told = f"{account.user}:{account.realm}:{secret}"
            found[trunk.name] = md5(told.encode(), usedforsecurity=False).hexdigest()
    return found


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} cannot be read: {error}") from error


def _write_secret(file: Path, text: str) -> None:
    """Writes a file that the owner of its folder alone can read: Kamailio, once it was given it."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)
        if os.geteuid() == 0:
            owner = file.parent.stat()
            os.fchown(opened.fileno(), owner.st_uid, owner.st_gid)
    if file.exists():
        # Kamailio reads a file again when its second of change is another one.
        changed = max(new.stat().st_mtime, file.stat().st_mtime // 1 + 1)
        os.utime(new, (changed, changed))
    new.replace(file)
