"""What may be done here and by whom: the one table of permissions and roles."""

from collections.abc import Mapping
from enum import StrEnum

INSTALLATION = "@installation"
"""The scope that covers everything; every other scope is the id of a customer."""


class Permission(StrEnum):
    """One thing somebody may do, `module:action`. An operation names exactly one."""

    INSTALLATION_MANAGE = "installation:manage"
    CUSTOMER_READ = "customer:read"
    CUSTOMER_MANAGE = "customer:manage"
    TENANT_READ = "tenant:read"
    TENANT_EDIT = "tenant:edit"
    VERSION_READ = "version:read"
    VERSION_PUBLISH = "version:publish"
    VERSION_APPROVE = "version:approve"
    """Answers for a text the guardrails doubt."""
    NUMBER_READ = "number:read"
    NUMBER_EDIT = "number:edit"
    CALL_READ = "call:read"
    CALL_OPERATE = "call:operate"
    """Sees calls as they run and takes them over."""
    TRANSCRIPT_READ = "transcript:read"
    """What callers said, written or recorded; every look leaves a row."""
    TRANSCRIPT_ERASE = "transcript:erase"
    MESSAGE_READ = "message:read"
    MESSAGE_EDIT = "message:edit"
    """Messages, callbacks and appointments."""
    QUESTION_READ = "question:read"
    QUESTION_EDIT = "question:edit"
    ANALYTICS_READ = "analytics:read"
    AUDIT_READ = "audit:read"
    AUDIT_EXPORT = "audit:export"
    USER_READ = "user:read"
    USER_MANAGE = "user:manage"
    KEY_READ = "key:read"
    KEY_MANAGE = "key:manage"


class Role(StrEnum):
    """A set of permissions that is given to people."""

    OWNER = "owner"
    ADMIN = "admin"
    EDITOR = "editor"
    APPROVER = "approver"
    ANALYST = "analyst"
    OPERATOR = "operator"
    AUDITOR = "auditor"


_P = Permission
_SEES_TENANTS = frozenset({_P.CUSTOMER_READ, _P.TENANT_READ, _P.VERSION_READ, _P.NUMBER_READ})

GRANTED: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    # What the guardrails doubt takes two pairs of eyes: an admin can neither approve it nor let
    # anybody else.
    Role.ADMIN: frozenset(Permission)
    - {_P.INSTALLATION_MANAGE, _P.CUSTOMER_MANAGE, _P.VERSION_APPROVE},
    Role.EDITOR: _SEES_TENANTS | {_P.TENANT_EDIT, _P.QUESTION_READ, _P.QUESTION_EDIT},
    Role.APPROVER: _SEES_TENANTS | {_P.VERSION_PUBLISH, _P.VERSION_APPROVE},
    Role.ANALYST: _SEES_TENANTS
    | {_P.CALL_READ, _P.TRANSCRIPT_READ, _P.ANALYTICS_READ, _P.QUESTION_READ},
    Role.OPERATOR: frozenset(
        {
            _P.CUSTOMER_READ,
            _P.TENANT_READ,
            _P.CALL_READ,
            _P.CALL_OPERATE,
            _P.MESSAGE_READ,
            _P.MESSAGE_EDIT,
        }
    ),
    Role.AUDITOR: _SEES_TENANTS
    | {
        _P.CALL_READ,
        _P.TRANSCRIPT_READ,
        _P.AUDIT_READ,
        _P.AUDIT_EXPORT,
        _P.USER_READ,
        _P.KEY_READ,
    },
}

PEOPLE_ONLY = frozenset({Permission.USER_MANAGE, Permission.KEY_MANAGE})
"""No key may have these: one that leaked could make others, and people, that outlive it."""

INSTALLATION_ONLY = frozenset({Permission.INSTALLATION_MANAGE, Permission.CUSTOMER_MANAGE})
"""They mean nothing on one customer: no role gives them there."""


def granted(role: Role, scope: str) -> frozenset[Permission]:
    """Returns what `role` gives on `scope`."""
    return GRANTED[role] if scope == INSTALLATION else GRANTED[role] - INSTALLATION_ONLY
