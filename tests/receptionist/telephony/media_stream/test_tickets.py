import pytest

from receptionist.telephony.media_stream.tickets import SpentOnce, Tickets

pytestmark = pytest.mark.unit


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_ticket_is_good_once() -> None:
    tickets = Tickets[str](Clock(), 30)
    token = tickets.issue("a")
    assert (tickets.redeem(token), tickets.redeem(token)) == ("a", None)
    assert len(tickets) == 0


def test_a_ticket_may_be_looked_up_until_it_is_withdrawn() -> None:
    tickets = Tickets[str](Clock(), 30)
    token = tickets.issue("a")
    assert [tickets.look_up(token), tickets.look_up(token)] == ["a", "a"]
    tickets.withdraw(token)
    assert tickets.look_up(token) is None


def test_a_ticket_expires_and_is_forgotten() -> None:
    clock = Clock()
    tickets = Tickets[str](clock, 30)
    first = tickets.issue("a")
    clock.now_s = 20
    second = tickets.issue("b")
    clock.now_s = 30
    assert (len(tickets), tickets.redeem(first), tickets.redeem(second)) == (1, None, "b")


def test_tickets_cannot_be_guessed() -> None:
    tickets = Tickets[int](Clock(), 30)
    tokens = {tickets.issue(number) for number in range(100)}
    assert len(tokens) == 100
    assert min(map(len, tokens)) >= 43


def test_what_is_spent_stays_spent_until_much_more_was() -> None:
    spent = SpentOnce(most=2)
    assert [spent.spend(thing) for thing in "aabbca"] == [True, False, True, False, True, True]
