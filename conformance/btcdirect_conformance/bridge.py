"""Lets a synchronous engine on a thread of its own use the session of the run, and ends it with the run."""

import asyncio
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress

from attrs import define, field

from .exchange import Exchange, Request
from .limits import NotSent
from .session import Session


class Ended(KeyboardInterrupt):
    """The run sends nothing more. Hypothesis and schemathesis both stop at an interrupt, and shrink nothing."""


@define
class Bridge:
    """Sends requests from another thread than the event loop's.

    Args:
        session: The run's.
        patience: How many requests may follow the first deviation: shrinking helps the reader, and costs requests.
    """

    session: Session
    patience: int = 60
    unsent: str = field(default="", init=False)
    """Why it ended early, if so."""
    found: bool = field(default=False, init=False)
    """Set when a deviation was found."""
    _loop: asyncio.AbstractEventLoop = field(factory=asyncio.get_running_loop, init=False)
    _current: "Future[Exchange] | None" = field(default=None, init=False)
    _ended: bool = field(default=False, init=False)

    def send(self, request: Request) -> Exchange:
        """Sends a request from the engine's thread.

        Raises:
            Ended: The run is over for this engine.
        """
        if self.found:
            self.patience -= 1
        if self._ended or self.patience < 0:
            raise Ended
        self._current = asyncio.run_coroutine_threadsafe(self.session.send(request), self._loop)
        try:
            return self._current.result()
        except NotSent as reason:
            self.unsent = str(reason)
            self._ended = True
            raise Ended from None
        except CancelledError:
            self._ended = True
            raise Ended from None

    async def run(self, engine: Callable[[], None]) -> None:
        """Runs the engine on a thread and waits for it, also when cancelled.

        Raises:
            NotSent: A limit or the end of the run stopped it.
        """
        working = asyncio.ensure_future(asyncio.to_thread(_until_ended, engine))
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._ended = True
            if self._current is not None:
                self._current.cancel()
            await asyncio.wait((working,))
            raise
        if self.unsent:
            raise NotSent(self.unsent)


def _until_ended(engine: Callable[[], None]) -> None:
    with suppress(Ended):
        engine()
