"""One way to drive both clients, in time that a test owns."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import httpx
from attrs import Factory, define, frozen

from btcdirect import ApiKey, AsyncClient, Client, Clock

API_KEY = "api-key-for-the-tests"
USER_TOKEN = "user-token-for-the-tests"
Handler = Callable[[httpx.Request], httpx.Response]
CHECK = {"name": "liveness", "type": None, "status": "pending", "data": {"accessToken": "fooToken"}}


@define
class Time:
    """A clock that moves only when somebody sleeps."""

    seconds: float = 1000.0
    chance: float = 1.0
    slept: list[float] = Factory(list[float])

    def clock(self) -> Clock:
        """As the clients take it."""
        return Clock(monotonic=lambda: self.seconds, now=lambda: self.seconds, random=lambda: self.chance)

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.slept.append(seconds)
        self.seconds += seconds

    async def async_sleep(self, seconds: float) -> None:
        """Move on."""
        self.sleep(seconds)


@frozen
class Twin:
    """The blocking or the awaiting client."""

    name: str
    is_async: bool
    extra: dict[str, Any] = Factory(dict[str, Any])

    def run(
        self,
        action: Callable[[Any], Any],
        handler: Handler | None = None,
        *,
        authorization: Any = None,
        time: Time | None = None,
        **options: Any,
    ) -> Any:
        """What the action on a client comes to; an async client's awaitable is awaited."""
        time = time or Time()
        if handler is not None:
            options["http_client"] = httpx.MockTransport(handler)
        elif "http_client" not in options:
            options = {**self.extra, **options}
        options = {"clock": time.clock(), **options}
        authorization = authorization or ApiKey(API_KEY)
        if not self.is_async:
            with Client(authorization, sleep=time.sleep, **options) as client:
                return action(client)

        async def main() -> Any:
            async with AsyncClient(authorization, sleep=time.async_sleep, **options) as client:
                result = action(client)
                return await result if inspect.isawaitable(result) else result

        return asyncio.run(main())

    def get(
        self, handler: Callable[[httpx.Request], httpx.Response] | None = None, order: Any = "480213", **options: Any
    ) -> Any:
        """One call of ``get_liveness``."""
        return self.run(lambda client: client.as_user(USER_TOKEN).get_liveness(order), handler, **options)


TWINS = [Twin("sync", is_async=False), Twin("async", is_async=True)]
AIOHTTP = Twin("aiohttp", is_async=True, extra={"backend": "aiohttp"})


def envelope(*codes: str, status: int = 400) -> httpx.Response:
    """An error answer with an entry for each code."""
    entries = {
        code: {"code": code, "message": f"Message of {code}.", "solution": f"Solution of {code}."} for code in codes
    }
    return httpx.Response(status, json={"errors": entries})


def always(response: Callable[[], httpx.Response]) -> Handler:
    """A handler that answers every request alike."""
    return lambda _: response()


def success(_: httpx.Request) -> httpx.Response:
    """A handler that answers with a check."""
    return httpx.Response(200, json=CHECK)


class Script:
    """A handler that plays answers and exceptions in turn, and keeps the requests."""

    def __init__(self, *steps: httpx.Response | Exception) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The next step."""
        self.requests.append(request)
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step
