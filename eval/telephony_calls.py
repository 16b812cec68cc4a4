"""Calls placed to a process, packet by packet."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from eval.telephony_phone import RawPhone
from eval.telephony_stream import Sound, Stream, silence
from eval.telephony_text import Dialog


class NotAnsweredError(Exception):
    """A call was not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An answered call.

    Attributes:
        after_s: From its INVITE to its 200.
    """

    phone: RawPhone
    dialog: Dialog
    stream: Stream
    after_s: float

    async def end(self) -> None:
        """Hangs up."""
        self.stream.close()
        await self.phone.bye(self.dialog)


async def placed(
    phone: RawPhone,
    user: str = "echo",
    *,
    sound: Sound = silence,
    loss: float = 0.0,
    keeps: bool = False,
    seed: int = 1,
) -> Placed:
    """Places a call and speaks.

    Raises:
        NotAnsweredError: it was refused.
    """
    stream = Stream(sound, loss=loss, keeps=keeps, seed=seed)
    dialog = await phone.invite(user, media_port=stream.port)
    if dialog.answer is None or dialog.status != 200:
        stream.close()
        raise NotAnsweredError(f"{user} answers {dialog.status}")
    stream.start(dialog.media)
    return Placed(phone=phone, dialog=dialog, stream=stream, after_s=dialog.answer.after_s)


@asynccontextmanager
async def kept_up(
    address: tuple[str, int], count: int, *, sound: Sound = silence, apart_s: float = 0.02
) -> AsyncGenerator[Sequence[Placed]]:
    """Yields that many calls; they have ended after the block."""
    async with await RawPhone.at(address) as phone:
        calls: list[Placed] = []
        try:
            for number in range(count):
                calls.append(await placed(phone, sound=sound, seed=number))
                await asyncio.sleep(apart_s)
            yield calls
        finally:
            for call in calls:
                await call.end()
