"""A person of ours may be rung first and wait on his telephone for whom he is to speak with."""

import asyncio

import pytest

from eval.clock import run_virtual
from prompts.loader import load
from receptionist.handoff.contract import Heard
from receptionist.tools.contract import TransferOutcome
from tests.receptionist.handoff.telephones import Part, called

pytestmark = pytest.mark.unit

EN = load("en").handoff
TAKES = Part(hears=[Heard(words="Ann Lee"), Heard(key="1")])


def test_who_waits_has_the_call_at_once_and_is_not_rung_again() -> None:
    call = called({"ann": TAKES})

    async def main() -> None:
        assert await call.first("ann") is TransferOutcome.ANSWERED
        began_s = asyncio.get_running_loop().time()
        assert await call.to("ann") is TransferOutcome.ANSWERED
        assert asyncio.get_running_loop().time() == began_s
        call.line.hung_up.set()
        assert await call.transfers.connect()

    run_virtual(main())
    [leg] = call.line.legs
    assert leg.joined
    told = " ".join(leg.told)
    assert EN["brief_callback"][0].split("{")[0] in told
    assert EN["choose"][0] in told  # also where callers are put through without asking


def test_who_has_hung_up_meanwhile_is_rung_anew() -> None:
    call = called({"ann": TAKES})

    async def main() -> None:
        assert await call.first("ann") is TransferOutcome.ANSWERED
        await call.line.legs[0].hang_up()
        assert await call.to("ann") is TransferOutcome.ANSWERED

    run_virtual(main())
    assert len(call.line.legs) == 2


def test_who_waits_in_vain_is_told_so() -> None:
    call = called({"ann": TAKES})

    async def main() -> None:
        assert await call.first("ann") is TransferOutcome.ANSWERED
        await call.transfers.dismiss("callback_unreached")

    run_virtual(main())
    assert call.line.legs[0].told[-1] == EN["callback_unreached"][0]
    assert call.line.left_open == []


def test_who_declines_is_let_go() -> None:
    call = called({"ann": Part(hears=[Heard(words="Ann"), Heard(key="2")])})

    async def main() -> None:
        assert await call.first("ann") is TransferOutcome.DECLINED
        await call.transfers.dismiss("callback_unreached")

    run_virtual(main())
    assert call.line.left_open == []
