"""What an ASGI application does before its first request and after its last (ASGI's lifespan protocol, 2.0)."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager, suppress
from typing import Any

Message = MutableMapping[str, Any]
ASGIApp = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class NotStarted(Exception):  # noqa: N818 - says what is the matter
    """An application's startup failed, or did not end."""


@asynccontextmanager
async def lifespan(app: ASGIApp, seconds: float) -> AsyncGenerator[dict[str, Any]]:
    """Runs an application's startup, and its shutdown in the end; hands over the state that its requests get.

    One that knows no lifespan raises or returns at once, and is asked all the same, as servers do.

    Args:
        app: The application.
        seconds: That each of the two may take.

    Raises:
        NotStarted: With the last line of what the application says.
    """
    state: dict[str, Any] = {}
    asked: asyncio.Queue[Message] = asyncio.Queue()
    told: asyncio.Queue[Message] = asyncio.Queue()

    async def run() -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": state}
        # Before it has said anything, an exception is how an application says that it knows no lifespan; Starlette
        # raises once more after it has said that its startup failed.
        with suppress(Exception):
            await app(scope, asked.get, told.put)
        await told.put({"type": "the end"})

    async def tell(event: str) -> Message:
        await asked.put({"type": f"lifespan.{event}"})
        async with asyncio.timeout(seconds):
            return await told.get()

    running = asyncio.create_task(run())
    try:
        try:
            answer = await tell("startup")
        except TimeoutError:
            raise NotStarted(f"its startup has not ended within {seconds:g} s") from None
        if answer["type"] == "lifespan.startup.failed":
            said = str(answer.get("message", "")).strip().rpartition("\n")[2]
            raise NotStarted(f"its startup failed{': ' * bool(said)}{said}")
        yield state
        if answer["type"] == "lifespan.startup.complete":
            with suppress(TimeoutError):
                await tell("shutdown")
    finally:
        running.cancel()
        await asyncio.wait((running,))
