"""`receptionist models`: list, pull and verify model weights."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from providers.errors import ProviderError
from providers.models.installed import ModelState
from providers.models.store import ModelStore, StoredModel
from receptionist.commands.pull_progress import shown_on
from receptionist.errors import ConfigurationError, from_provider
from receptionist.settings import Settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Install and check model weights."
)

Names = Annotated[list[str] | None, typer.Argument(help="Models by name.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Lists all models: what for, licence, size, and whether they are installed."""
    store = _store()
    stored = store.list()
    if as_json:
        typer.echo(json.dumps([_as_record(entry, store) for entry in stored], indent=2))
        return
    typer.echo(f"Models in {store.path}")
    for entry in stored:
        model = entry.model
        needed = "needed" if model.default else "by name" if model.on_request else "optional"
        size = f"{model.bytes / 1e6:.0f} MB"
        typer.echo(
            f"{entry.name:<15}{entry.state:<11}{needed:<10}{size:>7}  "
            f"{model.purpose}. Licence: {model.licence}."
        )


@app.command()
def pull(
    names: Names = None,
    everything: Annotated[bool, typer.Option("--all", help="Pull the optional ones too.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--from", help="Folder to look in first: <model>/<file> or <file>."),
    ] = None,
) -> None:
    """Installs models and repairs damaged ones.

    Without names: those needed by default, trusting files that look unchanged. Very large ones
    are pulled by name only.
    """
    store = _store()
    if folder is not None and not folder.is_dir():
        raise ConfigurationError(f"--from: there is no folder {str(folder)!r}.")
    unnamed = store.usual() if everything else store.names(default_only=True)
    wanted = _checked(store, names) or unnamed
    console = Console(stderr=True)
    failures: list[ProviderError] = []
    with shown_on(console) as progress:
        for name in wanted:
            try:
                fetched = store.pull(name, progress=progress, local=folder, full=bool(names))
                typer.echo(f"{name}: {'installed' if fetched else 'is there already'}")
            except ProviderError as error:
                failures.append(error)
    for error in failures:
        typer.echo(str(error), err=True)
    if failures:
        raise typer.Exit(1)


@app.command()
def verify(names: Names = None) -> None:
    """Hashes installed models again; ends with 1 when a named or needed one is not in order."""
    store = _store()
    chosen = _checked(store, names)
    needed = chosen or store.names(default_only=True)
    wrong = False
    for name in chosen or store.names():
        state = store.state(name, full=True)
        bad = state is ModelState.DAMAGED or (name in needed and state is ModelState.MISSING)
        wrong = wrong or bad
        fix = f"  Run `receptionist models pull {name}`." if bad else ""
        typer.echo(f"{name}: {state}{fix}")
    if wrong:
        raise typer.Exit(1)


def _store() -> ModelStore:
    try:
        return ModelStore(Settings.read().models_dir)
    except ProviderError as error:
        raise from_provider(error) from error


def _checked(store: ModelStore, names: list[str] | None) -> list[str]:
    unknown = sorted(set(names or ()) - set(store.names()))
    if unknown:
        known = ", ".join(store.names())
        raise ConfigurationError(f"There is no model {unknown[0]!r}. Use one of {known}.")
    return names or []


def _as_record(entry: StoredModel, store: ModelStore) -> dict[str, object]:
    return {
        "name": entry.name,
        "state": entry.state.value,
        "purpose": entry.model.purpose,
        "licence": entry.model.licence,
        "engine": entry.model.engine,
        "bytes": entry.model.bytes,
        "default": entry.model.default,
        "folder": str(store.path / entry.name),
    }
