"""The rules of the house that a machine can see, over every tracked file."""

import ast
import configparser
import os
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[1]
CATEGORIES = {"unit", "integration", "e2e", "bench"}
MODULE_LINES = 300
FUNCTION_LINES = 40
LONGEST_SLEEP_S = 0.1
ROOMS_WITHOUT_A_NOUN = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
PUBLIC_HOSTS = {"pypi.org", "files.pythonhosted.org", "registry.npmjs.org", "proxy.golang.org"}
"""Registries everybody uses; naming them in prose gives nothing away, in a lock file it does."""

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tracked() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(file for file in files if file.is_file())


def name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def python_files() -> Iterator[tuple[str, ast.Module]]:
    for file in tracked():
        if file.suffix == ".py":
            yield name(file), ast.parse(file.read_text(encoding="utf-8"))


def tracked_text() -> Iterator[tuple[str, str]]:
    for file in tracked():
        try:
            yield name(file), file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_there_is_a_house_to_look_at() -> None:
    assert len(tracked()) > 20
    assert any(path == "receptionist/errors.py" for path, _ in python_files())


def test_modules_are_short() -> None:
    too_long = {
        name(file): lines
        for file in tracked()
        if file.suffix in {".py", ".ts", ".tsx"}
        and (lines := len(file.read_text(encoding="utf-8").splitlines())) > MODULE_LINES
    }
    assert too_long == {}


def test_functions_are_short() -> None:
    too_long = {
        f"{path}:{node.lineno} {node.name}": code_lines(node)
        for path, tree in python_files()
        for node in ast.walk(tree)
        if isinstance(node, FunctionNode) and code_lines(node) > FUNCTION_LINES
    }
    assert too_long == {}


def test_every_file_says_its_noun() -> None:
    assert [name(file) for file in tracked() if file.stem.lower() in ROOMS_WITHOUT_A_NOUN] == []


def test_every_test_module_declares_exactly_one_category() -> None:
    wrong = {
        path: found
        for path, tree in python_files()
        if Path(path).name.startswith("test_") and len(found := categories(tree)) != 1
    }
    assert wrong == {}


def test_tests_do_not_sleep() -> None:
    sleeping = [
        f"{path}:{call.lineno}"
        for path, tree in python_files()
        if path.startswith("tests/") and not is_on_the_virtual_clock(tree)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and sleeps(call)
    ]
    assert sleeping == []


def test_lock_files_name_no_host() -> None:
    locks = {path: text for path, text in tracked_text() if is_lock(path)}
    naming = [path for path, text in locks.items() if re.search(r"https?://|--index", text)]
    assert naming == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    folders = "|".join(("work", "farm", "root", "home", "Users"))
    pattern = re.compile(rf"(?<![\w.~$}}<-])/(?:{folders})/\w")
    assert found(pattern) == []


def test_no_file_names_a_private_registry() -> None:
    hosts = [host for host in private_hosts() if found(re.compile(re.escape(host)))]
    assert hosts == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{name(page)}: {target}"
        for page in tracked()
        if page.suffix == ".md"
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}"
        for path, text in tracked_text()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def is_lock(path: str) -> bool:
    return bool(re.search(r"(^|[/.-])(lock|requirements)[^/]*$", path))


def private_hosts() -> set[str]:
    """Hosts this machine's package clients are set up with, other than everybody's."""
    values = [
        value for key, value in os.environ.items() if re.search("INDEX|REGISTRY|GOPROXY", key)
    ]
    for file in (Path("/etc/pip.conf"), Path("~/.config/pip/pip.conf").expanduser()):
        settings = configparser.ConfigParser(interpolation=None)
        settings.read(file)
        values += [value for section in settings.sections() for value in settings[section].values()]
    for file in (Path("~/.npmrc").expanduser(), Path("/etc/npmrc")):
        values += file.read_text().split("=") if file.is_file() else []
    urls = [url for value in values for url in re.findall(r"https?://\S+", value)]
    hosts = {urlsplit(url).hostname or "" for url in urls}
    return {host for host in hosts - PUBLIC_HOSTS if "." in host}


def code_lines(node: FunctionNode) -> int:
    """Lines of a function without its docstring, which is meant to be as long as it needs."""
    first = node.body[0]
    documented = ast.get_docstring(node) is not None
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring


def categories(tree: ast.Module) -> list[str]:
    return [
        mark
        for statement in tree.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark"
        for mark in re.findall(r"pytest\.mark\.(\w+)", ast.unparse(statement.value))
        if mark in CATEGORIES
    ]


def is_on_the_virtual_clock(tree: ast.Module) -> bool:
    """There a sleep takes no time."""
    imports = (node for node in tree.body if isinstance(node, ast.ImportFrom))
    return any(re.search(r"^eval\.clock$|\.simulation$", node.module or "") for node in imports)


def sleeps(call: ast.Call) -> bool:
    function = ast.unparse(call.func)
    if function != "asyncio.sleep" or not call.args:
        return function == "time.sleep"
    try:
        return float(ast.literal_eval(call.args[0])) > LONGEST_SLEEP_S
    except ValueError:
        return False
