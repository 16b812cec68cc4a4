"""Commands a running edge: which nodes it asks, and which of them get no new calls."""

import json
import socket
import tempfile
from collections.abc import Mapping, Sequence
from enum import StrEnum
from itertools import count
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from receptionist.errors import NotFoundError, ReceptionistError
from receptionist.telephony.edge.rendering import NODES

TIMEOUT_S = 3.0
LONGEST_ANSWER = 65_507
"""What one UDP-like datagram holds; Kamailio answers in one."""


class EdgeError(ReceptionistError):
    """The edge is not there, does not start or refuses a command."""

    code = "edge_unavailable"
    http_status = 503
    retryable = True


class NodeState(StrEnum):
    """What the edge thinks of a node."""

    ACTIVE = "active"
    SILENT = "silent"
    DRAINED = "drained"


class NodeAtEdge(BaseModel):
    """A node as the edge sees it.

    Attributes:
        uri: Where it is called.
        state: Whether it gets calls.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    uri: str
    state: NodeState


class Control:
    """The JSON-RPC socket of the Kamailio that runs from a rendered folder."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder.absolute() / "run" / "control"
        self._ids = count(1)

    def nodes(self) -> Sequence[NodeAtEdge]:
        """Returns the nodes in the order of the plan.

        Raises:
            EdgeError: The edge does not answer.
        """
        try:
            listed = _Listed.model_validate(self.call("dispatcher.list"))
        except ValidationError as error:
            raise EdgeError(f"The edge lists its nodes in another form: {error}") from error
        found = [
            entry.destination
            for record in listed.records
            if record.group.number == NODES
            for entry in record.group.targets
        ]
        return [
            NodeAtEdge(uri=each.uri, state=_state(each.flags))
            for each in sorted(found, key=lambda each: each.uri)
        ]

    def drain(self, node: str) -> None:
        """Gives a node no new calls; those it has go on.

        Args:
            node: Its host and port.

        Raises:
            EdgeError: The edge does not answer.
            NotFoundError: It has no such node.
        """
        self._set(node, "dx")

    def resume(self, node: str) -> None:
        """Gives a node calls again; raises as `drain` does."""
        self._set(node, "ap")

    def unlock(self) -> None:
        """Forgets every wrong password, and lets in again who was locked out."""
        for table in ("wrong", "locked"):
            self.call("htable.flush", table)

    def reload(self) -> None:
        """Reads accounts, trunks' addresses and nodes again from the rendered folder."""
        for table in ("accounts", "trunks", "registered", "origins"):
            self.call("htable.reload", table)
        self.call("permissions.addressReload")
        self.call("dispatcher.reload")

    def call(self, method: str, *params: str | int) -> object:
        """Returns what the edge answers to a command.

        Raises:
            EdgeError: It does not answer, or refuses.
        """
        asked = {"jsonrpc": "2.0", "method": method, "params": params, "id": next(self._ids)}
        with (
            tempfile.TemporaryDirectory(prefix="edge-") as folder,
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line,
        ):
            line.settimeout(TIMEOUT_S)
            try:
                line.bind(str(Path(folder) / "back"))
                Path(folder).chmod(0o711)
                (Path(folder) / "back").chmod(0o622)
                line.sendto(json.dumps(asked).encode(), str(self._socket))
                answer = json.loads(line.recv(LONGEST_ANSWER))
            except (OSError, ValueError) as error:
                raise EdgeError(
                    f"No edge answers at {str(self._socket)!r} ({error}); is it running?"
                ) from error
        if "error" in answer:
            raise EdgeError(f"The edge refuses {method!r}: {answer['error']}")
        return answer.get("result")

    def _set(self, node: str, state: str) -> None:
        uri = f"sip:{node}"
        known = [each.uri for each in self.nodes()]
        if uri not in known:
            names = ", ".join(each.removeprefix("sip:") for each in known)
            raise NotFoundError(f"The edge has no node {node!r}; it has {names}.")
        self.call("dispatcher.set_state", state, NODES, uri)


def _state(flags: str) -> NodeState:
    """Returns the meaning of flags as `dispatcher.list` shows them (A, I, T, D; then P or X)."""
    states: Mapping[str, NodeState] = {"A": NodeState.ACTIVE, "D": NodeState.DRAINED}
    return states.get(flags[:1], NodeState.SILENT)


class _Destination(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    uri: str = Field(alias="URI")
    flags: str = Field(alias="FLAGS")


class _Entry(BaseModel):
    destination: _Destination = Field(alias="DEST")


class _Group(BaseModel):
    number: int = Field(alias="ID")
    targets: tuple[_Entry, ...] = Field(alias="TARGETS")


class _Record(BaseModel):
    group: _Group = Field(alias="SET")


class _Listed(BaseModel):
    records: tuple[_Record, ...] = Field(alias="RECORDS")
