"""Lets a synchronous engine on a thread of its own use the session of the run, and ends it with the run."""

import asyncio
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from threading import Thread

from attrs import define, field

from btcdirect_conformance.conversation.limits import NotSent
from btcdirect_conformance.conversation.session import Session
from btcdirect_conformance.exchange import Exchange, Request

GRACE = 5.0
"""Seconds that an engine has to stop when the run is interrupted."""


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
        done: asyncio.Future[None] = self._loop.create_future()

        def work() -> None:
            error: Exception | None = None
            try:
                with suppress(Ended):
                    engine()
            except Exception as broken:
                error = broken
            with suppress(RuntimeError):  # the loop of a run that was given up is closed
                self._loop.call_soon_threadsafe(_settle, done, error)

        # A thread of its own, which can be left behind: an engine that did not stop must not keep a process alive.
        Thread(target=work, name="fuzzing", daemon=True).start()
        try:
            await asyncio.shield(done)
        except asyncio.CancelledError:
            self._ended = True
            if self._current is not None:
                self._current.cancel()
            await asyncio.wait((done,), timeout=GRACE)
            raise
        if self.unsent:
            raise NotSent(self.unsent)


def _settle(done: "asyncio.Future[None]", error: Exception | None) -> None:
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)
