"""From arguments to requests: what an order id is, and how a request looks on the wire."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial

import httpx

from . import __version__
from .auth import ApiKey
from .redaction import Secret
from .wire import liveness_path

_DIGITS = re.compile(r"[0-9]+")
_MAX_DIGITS = 1000


class _NoContent(httpx.ByteStream):
    """No chunk at all. httpx's own empty content is an empty chunk, which costs 2 % of a call on its way down."""

    def __init__(self) -> None:
        super().__init__(b"")

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        raise StopAsyncIteration


_NOTHING = _NoContent()


def order_number(order: str | int) -> str:
    """The order's id as it goes into the path.

    Raises:
        TypeError: It is neither a str nor an int; a bool is none.
        ValueError: It is not made of ASCII digits alone. It is not printed: it may be a token in the wrong place.
    """
    if isinstance(order, bool) or not isinstance(order, str | int):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"an order id is a str or an int, not {type(order).__name__}")
    if isinstance(order, int) and not 0 <= order < 10**_MAX_DIGITS:
        raise ValueError("an order id is a number from 0 up to a thousand digits")
    text = f"{order:d}" if isinstance(order, int) else order[:]
    if len(text) > _MAX_DIGITS:
        raise ValueError(f"an order id has at most {_MAX_DIGITS} digits")
    if _DIGITS.fullmatch(text) is None:
        wrong = next((place for place, char in enumerate(text, 1) if char not in "0123456789"), 0)
        where = f"character {wrong} of {len(text)} is none" if text else "this one is empty"
        raise ValueError(f"an order id is made of ASCII digits only: {where}")
    return text


@dataclass(frozen=True, slots=True, eq=False)
class Credentials:
    """The headers of a request, and the secrets in them."""

    headers: httpx.Headers = field(repr=False)
    secrets: tuple[Secret, ...] = field(repr=False)

    def with_client_token(self, token: Secret) -> "Credentials":
        """These with the partner's token."""
        headers = self.headers.copy()
        headers["Authorization"] = "Bearer " + token
        return Credentials(headers, (*self.secrets, token))


class Requests:
    """Builds the requests to one base URL. Nothing of one request can reach another: each has its own headers."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._plain = httpx.Headers(
            [
                # The transports are called directly, so what httpx.Client would add is added here.
                ("Host", httpx.URL(base_url).netloc.decode("ascii")),
                ("Accept", "application/json"),
                # Answers are small, and an answer that is not compressed can't be a decompression bomb.
                ("Accept-Encoding", "identity"),
                ("User-Agent", f"btcdirect-client/{__version__} (Python)"),
            ]
        )
        # Parsing a URL takes longer than the rest of a request; who polls asks for the same few again.
        self.liveness_url = lru_cache(maxsize=256)(partial(_liveness_url, base_url))
        """The URL of an order's liveness check, by its id."""

    def __repr__(self) -> str:
        return f"Requests({self.base_url!r})"

    def credentials(self, key: ApiKey | Secret | None, user_token: Secret) -> Credentials:
        """The credentials of a user beside an API key or a client token that does not change."""
        headers = self._plain.copy()
        secrets: tuple[Secret, ...] = ()
        if isinstance(key, ApiKey):
            headers["X-Api-Key"] = key.key[:]
            secrets = (key.key,)
        elif key is not None:
            headers["Authorization"] = "Bearer " + key
            secrets = (key,)
        headers["User-Authorization"] = "Bearer " + user_token
        return Credentials(headers, (*secrets, user_token))

    def liveness(self, url: httpx.URL, credentials: Credentials, limits: dict[str, float]) -> httpx.Request:
        """The request for a liveness check."""
        request = httpx.Request(
            "GET",
            url,
            headers=credentials.headers,
            stream=_NOTHING,
            extensions={"timeout": limits},
        )
        # httpx-aiohttp sends a body that was not read in chunks, even an empty one.
        request.read()
        return request

    def post(self, path: str, body: dict[str, Secret], limits: dict[str, float]) -> httpx.Request:
        """A POST of a JSON object of strings."""
        return httpx.Request(
            "POST",
            self.base_url + path,
            headers=httpx.Headers([*self._plain.raw, (b"Content-Type", b"application/json")]),
            content=json.dumps(body).encode(),
            extensions={"timeout": limits},
        )


def _liveness_url(base_url: str, order_id: str) -> httpx.URL:
    return httpx.URL(base_url + liveness_path(order_id))
