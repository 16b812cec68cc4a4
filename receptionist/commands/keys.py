"""`receptionist keys`: what programs sign in with, for whoever has the machine."""

from typing import Annotated

import typer

from receptionist.admin.keys import Keys
from receptionist.admin.records import KeyRecord
from receptionist.commands.records import AsJson, console, local_time, print_json, spoken, table
from receptionist.commands.users import me, run

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Show and end keys of programs.")

KeyId = Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")]


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Lists keys, the latest first; none with its secret."""
    keys = run(lambda context: Keys(context).all(me()))
    if as_json:
        print_json(keys)
        return
    shown = table("Keys", "id", "name", "on", "may", "made by", "used", "ends")
    for key in keys:
        shown.add_row(
            key.id,
            spoken(key.name),
            key.scope,
            ", ".join(key.permissions),
            spoken(key.created_by),
            local_time(key.used_at) if key.used_at else "never",
            _ends(key),
        )
    console().print(shown if keys else "No keys are made yet.")


@app.command()
def revoke(key_id: KeyId, as_json: AsJson = False) -> None:
    """Ends a key, at once."""
    key = run(lambda context: Keys(context).revoke(me(), key_id))
    if as_json:
        print_json(key)
    else:
        console().print(f"The key {key.name!r} works no longer.", markup=False)


def _ends(key: KeyRecord) -> str:
    return f"revoked {local_time(key.revoked_at)}" if key.revoked_at else local_time(key.expires_at)
