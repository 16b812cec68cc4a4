"""Requests to the API of a carrier."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from loguru import logger

TIMEOUT_S = 8.0
"""A caller waits for the answer."""


class CarrierApi:
    """The API of one carrier.

    Args:
        client: Sends the requests; closed by its owner.
        url: Where the API is.
        headers: Made anew for each request, as tokens expire.
        auth: Name and password, where the API wants them.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        url: str,
        *,
        headers: Callable[[], Mapping[str, str]] = dict,
        auth: tuple[str, str] | None = None,
    ) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._headers = headers
        self._auth = auth

    async def send(
        self,
        method: str,
        path: str,
        *,
        form: Mapping[str, str] | None = None,
        document: Any = None,
        gone: frozenset[int] = frozenset({404}),
    ) -> bool:
        """Sends a request; returns whether the carrier has done it.

        Args:
            method: Of HTTP.
            path: Below the address of the API.
            form: Fields to send.
            document: JSON to send instead.
            gone: Statuses that say that the call has ended; they are not logged.
        """
        try:
            answer = await self._client.request(
                method,
                f"{self._url}{path}",
                data=dict(form) if form is not None else None,
                json=document,
                headers=dict(self._headers()),
                auth=self._auth,
                timeout=TIMEOUT_S,
            )
        except httpx2.HTTPError as error:
            logger.error(f"{method} {path}: the carrier cannot be reached: {error!r}")
            return False
        if answer.is_success:
            return True
        if answer.status_code not in gone:
            logger.error(f"{method} {path}: the carrier refuses: {answer.status_code}")
        return False
