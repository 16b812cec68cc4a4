"""What keeps drafts and versions as they are."""

from receptionist.errors import ReceptionistError


class ConflictError(ReceptionistError):
    """Somebody has changed the same lines meanwhile; whoever writes must decide.

    Attributes:
        path: Of the file.
        revision: To name when the decision is written.
        base: What the writer began from; None is no file.
        mine: What he wrote; None is that he deleted it.
        theirs: What is there now; None is that it was deleted.
        author: Who wrote that.
    """

    code = "draft_conflict"
    http_status = 409

    def __init__(
        self,
        path: str,
        revision: int,
        *,
        base: bytes | None,
        mine: bytes | None,
        theirs: bytes | None,
        author: str,
    ) -> None:
        super().__init__(
            f"{author} has {'changed' if theirs is not None else 'deleted'} {path!r} meanwhile, in"
            " the same place. Compare both, and write it again."
        )
        self.path = path
        self.revision = revision
        self.base, self.mine, self.theirs = base, mine, theirs
        self.author = author


class ChangedError(ReceptionistError):
    """What was to be done was about something that has changed meanwhile; look, and do it again."""

    code = "draft_changed"
    http_status = 409


class TakenError(ReceptionistError):
    """There is something of this name already."""

    code = "taken"
    http_status = 409


class NotApprovedError(ReceptionistError):
    """An approval cannot be given by this person, or for this sentence."""

    code = "approval_refused"
    http_status = 409
