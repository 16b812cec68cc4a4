"""What does not fit together in the tools a tenant brings along."""

from collections.abc import Iterator, Mapping

from knowledge.language_data import languages as known_languages
from knowledge.wording import ANY
from receptionist.tenants.draft import Draft
from receptionist.tools.remote.config import BUILT_IN, AnswerRule, HttpTool, TenantTools
from receptionist.tools.remote.templates import TemplateError, UrlTemplate, blanks, body_names

Location = tuple[str | int, ...]
Said = Iterator[tuple[Location, str]]
_KEPT_OUTCOMES = frozenset({"confirm", "invalid", "failed", "cancelled", "use_tool"})


def tool_findings(draft: Draft) -> Said:
    """Yields what is wrong, with the place of each within `tools`."""
    tools = draft.tools
    if tools is None:
        return
    yield from _names(tools, {topic.id for topic in draft.topics.values()})
    languages = [language for language in draft.languages if language in known_languages()]
    for index, tool in enumerate(tools.http):
        for where, message in _http(tool, languages):
            yield ("http", index, *where), message
    for index, server in enumerate(tools.mcp):
        secrets = _secrets(server.headers, server.secrets)
        for where, message in secrets:
            yield ("mcp", index, *where), message
        if server.url.lower().startswith("http:") and server.secrets:
            yield ("mcp", index, "url"), "secrets are sent to https:// alone"
        seen: set[str] = set()
        for number, use in enumerate(server.tools):
            where: Location = ("mcp", index, "tools", number)
            if use.name in seen:
                yield (*where, "name"), f"the tool {use.name!r} is given twice"
            seen.add(use.name)
            if use.confirm:
                yield from _wordings((*where, "confirm"), use.confirm, languages, None)


def _names(tools: TenantTools, topics: set[str]) -> Said:
    seen: set[str] = set()
    for kind, named in (("http", tools.http), ("mcp", tools.mcp)):
        for index, tool in enumerate(named):
            where = (kind, index, "name")
            if tool.name in BUILT_IN:
                yield where, f"{tool.name!r} is a tool of the receptionist; choose another name"
            elif tool.name in seen:
                yield where, f"the name {tool.name!r} is already taken"
            elif any(tool.name.startswith(f"{server.name}_") for server in tools.mcp):
                yield where, f"{tool.name!r} begins like the tools of an MCP server"
            elif kind == "http" and tool.name in topics:
                yield where, f"a topic has the id {tool.name!r}; choose another name"
            seen.add(tool.name)


def _http(tool: HttpTool, languages: list[str]) -> Said:
    names = {argument.name for argument in tool.arguments}
    yield from _arguments(tool, languages)
    yield from _blanks(tool, names)
    yield from _secrets(tool.headers, tool.secrets)
    if tool.url.lower().startswith("http:") and tool.secrets:
        yield ("url",), "secrets are sent to https:// alone"
    if tool.method == "GET" and tool.body is not None:
        yield ("body",), "a GET has no body"
    if tool.method != "GET" and not tool.confirm and not tool.reads_only:
        yield ("method",), f"a {tool.method} may change something: write `confirm`, or reads_only"
    if tool.confirm:
        yield from _wordings(("confirm",), tool.confirm, languages, names)
        for language, text in tool.confirm.items():
            if not text.rstrip().endswith("?"):
                yield ("confirm", language), "must end in a question"
    for index, rule in enumerate(tool.answers):
        yield from _rule(("answers", index), rule, names, languages)


def _arguments(tool: HttpTool, languages: list[str]) -> Said:
    seen: set[str] = set()
    for index, argument in enumerate(tool.arguments):
        where: Location = ("arguments", index)
        if argument.name in seen or argument.name == "confirmed":
            yield (*where, "name"), f"the argument {argument.name!r} is already there"
        seen.add(argument.name)
        if argument.min_length > argument.max_length or argument.minimum > argument.maximum:
            yield where, "the least is more than the most"
        if tool.examples and argument.required and not argument.ask:
            yield where, "a caller cannot be asked for it; write `ask`"
        if argument.ask:
            yield from _wordings((*where, "ask"), argument.ask, languages, set())


def _blanks(tool: HttpTool, names: set[str]) -> Said:
    used: set[str] = set()
    url = UrlTemplate.parse(tool.url)
    optional = {argument.name for argument in tool.arguments if not argument.required}
    for name in sorted(url.names):
        if name not in names:
            yield ("url",), f"there is no argument {name!r}"
        elif name in url.path_names & optional:
            yield ("url",), f"{name!r} may be missing and stands in the path; make it required"
    used |= url.names
    try:
        used |= body_names(tool.body)
        for name in sorted(body_names(tool.body) - names):
            yield ("body",), f"there is no argument {name!r}"
    except TemplateError as error:
        yield ("body",), str(error)
    for index, argument in enumerate(tool.arguments):
        if argument.name not in used:
            where: Location = ("arguments", index, "name")
            yield where, f"{argument.name!r} stands neither in the URL nor in the body"


def _secrets(headers: Mapping[str, str], secrets: Mapping[str, str]) -> Said:
    used: set[str] = set()
    for header, text in headers.items():
        used |= blanks(text)
        for name in sorted(blanks(text) - secrets.keys()):
            yield ("headers", header), f"there is no secret {name!r}"
    for name in secrets.keys() - used:
        yield ("secrets", name), f"the secret {name!r} stands in no header"


def _rule(where: Location, rule: AnswerRule, names: set[str], languages: list[str]) -> Said:
    if rule.outcome in _KEPT_OUTCOMES:
        yield (*where, "outcome"), f"{rule.outcome!r} has a meaning of its own; choose another"
    known = names | rule.fields.keys()
    yield from _wordings((*where, "spoken"), rule.spoken, languages, known)


def _wordings(
    where: Location, wording: Mapping[str, str], languages: list[str], names: set[str] | None
) -> Said:
    """Yields languages without a text, and names nothing is known about (None: any is)."""
    for language in languages:
        if not {language, ANY} & wording.keys():
            yield where, f"there is no text in {language!r}"
    for language, text in wording.items():
        try:
            unknown = sorted(blanks(text) - names) if names is not None else []
        except TemplateError as error:
            yield (*where, language), str(error)
            continue
        if unknown:
            yield (*where, language), f"nothing is known by the name {unknown[0]!r}"
