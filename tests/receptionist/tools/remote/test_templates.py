"""A value changes the part of an address it stands in, and nothing else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.tools.remote.templates import (
    TemplateError,
    UrlTemplate,
    blanks,
    filled,
    filled_body,
)

pytestmark = pytest.mark.unit

URL = UrlTemplate.parse("https://api.example.com/orders/{number}/status?lang={language}&v=2")


def test_values_are_percent_encoded_into_path_and_query() -> None:
    url = URL.expand({"number": "a/b?c#d e", "language": "it&x=1"})
    assert str(url) == (
        "https://api.example.com/orders/a%2Fb%3Fc%23d%20e/status?lang=it%26x%3D1&v=2"
    )


@pytest.mark.parametrize("value", [".", "..", ""])
def test_a_value_that_would_climb_out_of_the_path_is_refused(value: str) -> None:
    with pytest.raises(TemplateError):
        URL.expand({"number": value})


@pytest.mark.parametrize(
    "text",
    [
        "https://{host}/a",
        "https://api.{host}.com/a",
        "https://api.example.com:{port}/",
        "{url}",
        "https://user:word@api.example.com/",
        "https://api.example.com/{a",
        "https://api.example.com/{A}",
        "https://api.example.com/{}",
        "https://api.example.com/#{a}",
        "https://api.example.com/a b",
        "https://api.example.com\\@evil.example/",
        "//api.example.com/",
        "ftp://api.example.com/",
        "javascript:alert(1)",
        "https:///a",
        "",
    ],
)
def test_a_template_that_leaves_its_host_open_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        UrlTemplate.parse(text)


@given(st.text(max_size=200), st.text(max_size=50))
def test_no_value_changes_the_host(number: str, language: str) -> None:
    try:
        url = URL.expand({"number": number, "language": language})
    except TemplateError:
        return
    assert (url.scheme, url.host, url.port, url.userinfo) == ("https", "api.example.com", None, b"")
    segments = url.raw_path.partition(b"?")[0].split(b"/")
    assert segments[1] == b"orders"
    assert segments[3:] == [b"status"]
    assert url.params["v"] == "2"


@given(st.text(max_size=100))
def test_a_template_is_read_or_refused(text: str) -> None:
    try:
        template = UrlTemplate.parse(f"https://api.example.com{text}")
    except TemplateError:
        return
    assert template.expand(dict.fromkeys(template.names, "x")).host.startswith("api.example.com")


def test_a_value_is_never_read_as_a_template() -> None:
    assert filled("{a} {b}", {"a": "{b}", "b": "{a}"}) == "{b} {a}"


@pytest.mark.parametrize("text", ["{", "}", "{a b}", "{{a}}", "{1}"])
def test_a_stray_brace_is_named(text: str) -> None:
    with pytest.raises(TemplateError, match="without its name"):
        blanks(text)


@pytest.mark.parametrize(
    ("body", "filled_in"),
    [
        ({"n": "{number}", "t": "no {number}"}, {"n": 7, "t": "no 7"}),
        ({"n": "{missing}", "list": ["{missing}", "{number}"]}, {"list": [7]}),
        ("{number}", 7),
        ("{missing}", None),
        ({"fixed": True, "deep": {"n": ["{number}"]}}, {"fixed": True, "deep": {"n": [7]}}),
    ],
)
def test_a_body_keeps_the_kinds_of_its_values(body: Any, filled_in: Any) -> None:
    assert filled_body(body, {"number": 7}) == filled_in
