"""A bundle that is wrong says everything that is wrong, by file and line."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from receptionist.errors import ConfigurationError
from receptionist.tenants import DEMO
from receptionist.tenants.bundle import BundleError, examine, load_bundle
from tests.receptionist.tenants.small_bundle import CONTACTS, FAQ, HOURS, TENANT, write_bundle

pytestmark = pytest.mark.unit

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a small sound bundle; arguments replace the text of a file, None leaves it out."""
    return partial(write_bundle, tmp_path)


def said(folder: Path) -> list[str]:
    return [str(problem) for problem in examine(folder).problems]


def test_the_demo_is_a_bundle_without_problems() -> None:
    config = load_bundle(DEMO)
    assert len(config.departments) == 6
    assert len(config.contacts) == 25
    assert len(config.topics) == 27
    assert config.languages == ("en", "it")
    assert all(
        len(topic.languages[language].questions) >= 5
        for topic in config.topics
        for language in config.languages
    )
    names = [contact.name for contact in config.contacts]
    assert sorted({name for name in names if names.count(name) == 2}) == [
        "James Carter",
        "Maria Rossi",
    ]


def test_the_demo_speaks_without_digits_and_has_only_numbers_kept_for_fiction() -> None:
    config = load_bundle(DEMO)
    answers = [w.answer for topic in config.topics for w in topic.languages.values()]
    assert not [answer for answer in answers if any(c.isdigit() or c in "€£$%@/&" for c in answer)]
    for destination in (*config.departments, *config.contacts):
        assert destination.extension is not None
        assert destination.extension.startswith("01632960")


def test_a_small_bundle_is_read(write: Write) -> None:
    config = load_bundle(write())
    assert config.company == "The Mill"
    assert config.topics[0].languages["en"].answer == "Yes, behind the mill."


def test_topics_and_prompts_may_be_missing(write: Write) -> None:
    folder = write(faq_all=None)
    assert load_bundle(folder).topics == ()


def test_prompts_become_greetings_and_instructions(write: Write) -> None:
    folder = write()
    (folder / "prompts").mkdir()
    (folder / "prompts" / "greeting.en.md").write_text("How can I help?\n")
    (folder / "prompts" / "about-the-mill.md").write_text("It grinds.\n")
    config = load_bundle(folder)
    assert config.greeting == {"en": "How can I help?"}
    assert config.instructions == {"About the mill": "It grinds."}


def test_everything_wrong_is_said_at_once_with_file_and_line(write: Write) -> None:
    folder = write(
        tenant=TENANT.replace("Europe/Rome", "Europe/Atlantis").replace("desk", "cellar")
        + "x: 1\n",
        hours='week:\n  monday: ["09:00-13:00", "12:00-14:00"]\n  mondy: []\n',
        contacts=CONTACTS + "  - id: ann\n    name: Bob\n    department: attic\n"
        '    extension: "3"\n',
        faq_all=FAQ + FAQ.replace("id: parking", "id: again\n  colour: red"),
    )
    assert said(folder) == [
        "contacts.yaml:10: the id 'ann' is already taken (see contacts.yaml:6)",
        "contacts.yaml:12: there is no department 'attic'; known: desk",
        "faq/all.yaml:8: topics.1.colour: unknown key 'colour'",
        "hours.yaml:2: hours.week.monday: 09:00-13:00 and 12:00-14:00 overlap",
        "hours.yaml:3: hours.week.mondy: Input should be 'monday', 'tuesday', 'wednesday', "
        "'thursday', 'friday', 'saturday' or 'sunday'",
        "tenant.yaml:6: unknown time zone 'Europe/Atlantis'; write it as Europe/Rome",
        "tenant.yaml:7: there is no department 'cellar'; known: desk",
        "tenant.yaml:8: unknown key 'x'",
    ]


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        (
            "tenant",
            TENANT + "company: Two\n",
            "tenant.yaml:8: 'company' is already given on line 3",
        ),
        ("tenant", TENANT + "\tx: 1\n", "tenant.yaml:8: is indented with a tab; use blanks"),
        ("tenant", "- a\n- b\n", "tenant.yaml:1: must be a mapping of keys to values"),
        ("tenant", "", "tenant.yaml:1: is empty"),
        ("tenant", None, "tenant.yaml:1: is missing"),
        ("hours", None, "hours.yaml:1: is missing"),
        ("contacts", None, "contacts.yaml:1: is missing"),
        ("tenant", TENANT.encode() + b"# \xff\n", "tenant.yaml:8: is not UTF-8"),
        ("tenant", TENANT + "x: {a: [1\n", "tenant.yaml:"),
        ("tenant", TENANT + "---\nx: 1\n", "tenant.yaml:8: a second document"),
        ("tenant", TENANT + "hours: {}\n", "tenant.yaml:8: 'hours' belongs in hours.yaml"),
        ("tenant", TENANT.replace("country: IT", "country: QQ"), "tenant.yaml:5: no public holid"),
        ("tenant", TENANT.replace("[en]", "[en, en]"), "tenant.yaml:4: 'en' is given twice"),
        ("tenant", TENANT.replace("[en]", "[en, xx]"), "tenant.yaml:4: no texts for 'xx'"),
        ("tenant", TENANT.replace("[en]", "[en, it]"), "topic 'parking' has no answer in 'it'"),
        ("tenant", TENANT.replace("[en]", "[en, it]"), "'desk' has no name in 'it'"),
        (
            "tenant",
            TENANT.replace("company: The Mill\n", ""),
            "tenant.yaml:1: 'company' is missing",
        ),
        ("tenant", TENANT + "greeting: {xx: Ciao}\n", "tenant.yaml:8: a greeting in 'xx'"),
        (
            "tenant",
            TENANT + "numbers:\n  hall: en\n  bar: de\n",
            "tenant.yaml:10: calls to 'bar' are to be answered in 'de'",
        ),
        ("tenant", TENANT + "time_zone2: a\n", "tenant.yaml:8: unknown key 'time_zone2'"),
        ("tenant", TENANT.replace("Europe/Rome", "../../etc/passwd"), "tenant.yaml:6: unknown ti"),
        ("hours", HOURS + "region: XX\n", "hours.yaml:3: unknown region 'XX' of IT"),
        ("hours", "week: {}\n", "hours.yaml:1: hours.week: no day has any hours"),
        ("hours", "week:\n  monday: [9]\n", "hours.yaml:2: hours.week.monday.0: 9 is not an inter"),
        (
            "contacts",
            CONTACTS + "  - id: ann2\n    name: ann LEE\n    department: desk\n",
            "contacts.yaml:11: nobody can tell this 'ann LEE' from another",
        ),
        ("contacts", CONTACTS + "managers: []\n", "contacts.yaml:10: unknown key 'managers'"),
        ("contacts", CONTACTS.replace("id: ann", "id: operator"), "'operator' is already taken"),
        (
            "faq_all",
            FAQ + FAQ.replace("id: parking", "id: cars"),
            "faq/all.yaml:11: the question 'is there parking' "
            "already belongs to topic 'parking' (see faq/all.yaml:5)",
        ),
        ("faq_all", "a: 1\n", "faq/all.yaml:1: must be a list of topics"),
        ("faq_all", FAQ.replace("[is there parking]", "['?']"), "a question without words"),
        (
            "faq_all",
            FAQ.replace("title:", "department: attic\n  title:"),
            "faq/all.yaml:2: there is no department 'attic'",
        ),
    ],
)
def test_each_mistake_is_named_where_it_is(
    write: Write, file: str, text: str | bytes | None, problem: str
) -> None:
    found = said(write(**{file: text}))
    assert any(problem in line for line in found), found


def test_a_billion_laughs_are_refused_unlaughed(write: Write) -> None:
    laughs = "a: &a [x, x]\n" + "\n".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]"
        for a, b in zip("abcdefghijklm", "bcdefghijklmn", strict=True)
    )
    assert "tenant.yaml:1: anchors and aliases are not allowed" in said(write(tenant=laughs))


def test_depth_without_end_is_refused(write: Write) -> None:
    found = said(write(tenant="[" * 500_000))
    assert any("tenant.yaml:1: is nested more than" in line for line in found)


def test_a_huge_file_is_refused_unread(write: Write) -> None:
    found = said(write(tenant="#" * 2_000_001))
    assert "tenant.yaml:1: is larger than 2,000,000 bytes" in found


def test_a_link_out_of_the_bundle_is_not_followed(write: Write, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.yaml"
    outside.write_text("- secret\n")
    folder = write()
    (folder / "faq" / "link.yaml").symlink_to(outside)
    (folder / "faq" / "nowhere.yaml").symlink_to(tmp_path / "nothing")
    found = said(folder)
    assert "faq/link.yaml:1: is a link out of the bundle" in found
    assert "faq/nowhere.yaml:1: is a link to nowhere" in found
    assert not any("secret" in line for line in found)


def test_a_file_nobody_reads_is_a_problem(write: Write) -> None:
    folder = write()
    (folder / "faq" / "more.yml").write_text(FAQ)
    (folder / "holidays.yaml").write_text("a: 1\n")
    (folder / "README.md").write_text("About this bundle.\n")
    assert [line.split(": ")[0] for line in said(folder)] == ["faq/more.yml:1", "holidays.yaml:1"]


def test_a_word_that_yaml_takes_for_something_else_stays_what_was_written(write: Write) -> None:
    folder = write(
        tenant=TENANT.replace("country: IT", "country: NO").replace("Rome", "Oslo"),
        contacts=CONTACTS.replace("the desk", "yes").replace('"2"', "01632960123"),
        hours=HOURS + "closures:\n  - {first: 2026-08-01, last: 2026-08-15}\n",
    )
    config = load_bundle(folder)
    assert config.country == "NO"
    assert config.departments[0].names == {"en": "yes"}
    assert config.contacts[0].extension == "01632960123"
    assert config.hours.closures[0].last.isoformat() == "2026-08-15"


def test_the_error_carries_the_problems_and_ends_a_command_as_asked_wrongly(write: Write) -> None:
    with pytest.raises(BundleError, match=r"1 problem\n  tenant.yaml:8: unknown key 'x'") as caught:
        load_bundle(write(tenant=TENANT + "x: 1\n"))
    assert isinstance(caught.value, ConfigurationError)
    assert caught.value.exit_code == 2
    assert len(caught.value.problems) == 1


def test_the_order_of_a_bundle_on_the_disk_does_not_matter(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(DEMO, copy)
    assert load_bundle(copy) == load_bundle(DEMO)
