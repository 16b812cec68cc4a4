"""Who asks, and what he may do where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from receptionist.admin.permissions import INSTALLATION, Permission, granted
from receptionist.admin.records import Grant

Permissions = frozenset[Permission]


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who has shown who he is.

    Attributes:
        kind: A person at a browser, a program, or whoever has the machine itself.
        id: Of the account or key.
        name: As the audit log names him: an e-mail address, or the name of the key.
        on: What he may do, by scope: a customer's id, or `INSTALLATION`.
        session: Id of the session he asks in; "" for programs.
    """

    kind: Literal["user", "key", "machine"]
    id: str
    name: str
    on: Mapping[str, Permissions] = field(default_factory=dict[str, Permissions])
    session: str = ""

    def permissions(self, scope: str) -> Permissions:
        """Returns what he may do on `scope`; what he may do everywhere is a part of it."""
        everywhere = self.on.get(INSTALLATION, frozenset())
        return everywhere | self.on.get(scope, frozenset())

    def may(self, permission: Permission, scope: str) -> bool:
        """Returns True when he may do this on `scope`."""
        return permission in self.permissions(scope)

    def anywhere(self, permission: Permission) -> bool:
        """Returns True when there is a scope on which he may."""
        return any(permission in allowed for allowed in self.on.values())

    def sees(self, scope: str) -> bool:
        """Returns True when he may know that `scope` exists."""
        return bool(self.permissions(scope))


def permissions_of(grants: tuple[Grant, ...]) -> Mapping[str, Permissions]:
    """Returns what these roles allow, by scope."""
    on: dict[str, Permissions] = {}
    for grant in grants:
        more = granted(grant.role, grant.scope)
        on[grant.scope] = on.get(grant.scope, frozenset()) | more
    return on


def machine(name: str) -> Principal:
    """Returns whoever works on the machine itself as its user `name`."""
    everything = {INSTALLATION: frozenset(Permission)}
    return Principal(kind="machine", id="", name=name, on=everything)
