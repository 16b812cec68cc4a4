"""Whatever is done to a chain of rows, its place is named."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.chain import Break, ChainCheck, End, Erasable, Fault, Link, linked

pytestmark = pytest.mark.unit


def chain(texts: Sequence[str]) -> list[Link]:
    links: list[Link] = []
    last = End()
    for text in texts:
        seq, texts_of = last.seq + 1, Erasable(salt=f"salt {text}", text=text, history=[text])
        content = {"seq": seq, "category": "credit", "text_sha256": texts_of.digest}
        link = Link(
            seq=seq,
            content=content,
            previous=last.digest,
            digest=linked(last.digest, content),
            text_digest=texts_of.digest,
            texts=texts_of,
        )
        links.append(link)
        last = End(seq=seq, digest=link.digest)
    return links


def checked(
    links: Sequence[Link], end: End, start: End | None = None, erased_through: int = 0
) -> list[Break]:
    check = ChainCheck(start or End(), erased_through)
    return [found for link in links for found in check.row(link)] + list(check.end(end))


def end_of(links: Sequence[Link]) -> End:
    return End(seq=links[-1].seq, digest=links[-1].digest)


CHAINS = st.lists(st.text(), min_size=2, max_size=8).map(chain)
PLACES = st.integers(min_value=0, max_value=7)


@given(CHAINS)
def test_a_chain_that_was_left_alone_holds(links: list[Link]) -> None:
    assert checked(links, end_of(links)) == []


@given(CHAINS, PLACES)
def test_a_changed_row_is_named(links: list[Link], place: int) -> None:
    end, place = end_of(links), place % len(links)
    content = {**links[place].content, "category": "medical"}
    links[place] = replace(links[place], content=content)
    assert [(one.seq, one.fault) for one in checked(links, end)] == [(place + 1, Fault.CHANGED)]


@given(CHAINS, PLACES)
def test_a_row_that_was_changed_and_hashed_anew_breaks_the_next_or_the_end(
    links: list[Link], place: int
) -> None:
    end, place = end_of(links), place % len(links)
    content = {**links[place].content, "category": "medical"}
    forged = linked(links[place].previous, content)
    links[place] = replace(links[place], content=content, digest=forged)
    last = place == len(links) - 1
    expected = (len(links), Fault.TAIL_MISSING) if last else (place + 2, Fault.BROKEN)
    assert [(one.seq, one.fault) for one in checked(links, end)] == [expected]


@given(CHAINS, PLACES)
def test_a_row_that_was_taken_out_is_named(links: list[Link], place: int) -> None:
    end, place = end_of(links), place % len(links)
    del links[place]
    fault = Fault.TAIL_MISSING if place == len(links) else Fault.MISSING
    assert [(one.seq, one.fault) for one in checked(links, end)] == [(place + 1, fault)]


@given(CHAINS, PLACES)
def test_a_row_that_was_put_in_is_named(links: list[Link], place: int) -> None:
    end, place = end_of(links), place % len(links)
    links.insert(place, replace(links[place], content={"seq": place + 1, "category": "forged"}))
    found = checked(links, end)
    assert found[0].seq == place + 1
    assert {one.fault for one in found} == {Fault.CHANGED, Fault.TWICE}


@given(CHAINS, PLACES)
def test_rows_that_were_swapped_are_named(links: list[Link], place: int) -> None:
    end, place = end_of(links), place % (len(links) - 1)
    links[place], links[place + 1] = links[place + 1], links[place]
    assert checked(links, end)[0].seq == place + 1


@given(CHAINS, PLACES)
def test_numbers_that_were_swapped_are_named(links: list[Link], place: int) -> None:
    end, place = end_of(links), place % (len(links) - 1)
    first, second = links[place], links[place + 1]
    links[place] = replace(second, seq=first.seq, content={**second.content, "seq": first.seq})
    links[place + 1] = replace(first, seq=second.seq, content={**first.content, "seq": second.seq})
    assert {one.seq for one in checked(links, end)} >= {place + 1, place + 2}


@given(CHAINS, PLACES, st.text())
def test_a_changed_text_is_named(links: list[Link], place: int, text: str) -> None:
    end, place = end_of(links), place % len(links)
    before = links[place].texts
    assert before is not None
    links[place] = replace(links[place], texts=replace(before, text=before.text + text + "x"))
    found = [(one.seq, one.fault) for one in checked(links, end)]
    assert found == [(place + 1, Fault.TEXT_CHANGED)]


@given(CHAINS, PLACES)
def test_a_text_may_be_erased_where_that_was_said_and_nowhere_else(
    links: list[Link], place: int
) -> None:
    end, place = end_of(links), place % len(links)
    links[place] = replace(links[place], texts=None)
    assert checked(links, end, erased_through=place + 1) == []
    found = [(one.seq, one.fault) for one in checked(links, end, erased_through=place)]
    assert found == [(place + 1, Fault.TEXT_MISSING)]


@given(CHAINS, PLACES)
def test_a_pruned_chain_holds_from_where_it_begins(links: list[Link], place: int) -> None:
    place %= len(links)
    kept = links[place:]
    start = End(seq=place, digest=kept[0].previous)
    assert checked(kept, end_of(links), start) == []
    if place:
        assert checked(kept, end_of(links))[0].fault is Fault.MISSING


def test_a_chain_with_nothing_left_of_it_is_no_empty_chain() -> None:
    assert checked([], End()) == []
    assert [one.fault for one in checked([], end_of(chain(["a"])))] == [Fault.TAIL_MISSING]


def test_equal_texts_have_different_hashes() -> None:
    first, second = Erasable(salt="1", text="yes"), Erasable(salt="2", text="yes")
    assert first.digest != second.digest
