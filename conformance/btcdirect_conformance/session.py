"""One run's conversation with the target: budget, pace, answers 429, and everything that was said, in order."""

import time
from typing import Protocol

from attrs import define, field

from .exchange import Exchange, Fault, FaultKind, Request, Response
from .limits import Gate, NotSent, pause_after
from .redaction import Redactor
from .transport import Transport
from .verdict import CaseResult

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""RFC 9110, section 9.2.1."""

PATIENCE = 5
"""How many answers 429 in a row one request is worth."""

TIMEOUTS = 6, 24
"""After so many exchanges in a row, or in all, that hit the time limit, the target is given up: a hundred more would
say the same and take a quarter of an hour."""


class Progress(Protocol):
    """Whoever wants to know how the run goes on. Called from any thread."""

    def case_started(self, case_id: str) -> None:
        """A case is on its way."""

    def case_finished(self, result: CaseResult) -> None:
        """A case has its verdict."""

    def request_sent(self) -> None:
        """One more request of the budget is used."""

    def waiting(self, seconds: float, reason: str) -> None:
        """The run pauses."""


class Silent:
    """A progress that nobody watches."""

    def case_started(self, case_id: str) -> None:
        """Nothing."""

    def case_finished(self, result: CaseResult) -> None:
        """Nothing."""

    def request_sent(self) -> None:
        """Nothing."""

    def waiting(self, seconds: float, reason: str) -> None:
        """Nothing."""


@define
class Session:
    """Sends requests on behalf of cases."""

    transport: Transport
    gate: Gate
    redactor: Redactor
    progress: Progress = field(factory=Silent)
    unsafe_allowed: bool = False
    exchanges: list[Exchange] = field(factory=list[Exchange], init=False)
    """Every whole conversation of the run; answers 429 that were waited for are only counted."""
    rate_limited: int = field(default=0, init=False)
    stopped: str = field(default="", init=False)
    """Why nothing more is sent, if so."""
    _timeouts: int = field(default=0, init=False)
    _timeouts_in_a_row: int = field(default=0, init=False)

    def stop(self, reason: str) -> None:
        """Sends nothing more; the first reason stays."""
        self.stopped = self.stopped or reason

    async def send(self, request: Request) -> Exchange:
        """Sends a request when its turn comes, and again after an answer 429.

        Raises:
            NotSent: It may not be sent, or was answered 429 too often; with the reason.
            ValueError: It is no request that HTTP can carry.
        """
        if request.method not in SAFE_METHODS and not self.unsafe_allowed:
            raise NotSent(f"{request.method} is no safe method (--allow-unsafe-methods sends it)")
        for attempt in range(1, PATIENCE + 1):
            exchange = await self._send(request)
            if not isinstance(exchange.answer, Response) or exchange.answer.status != 429:
                self.exchanges.append(exchange)
                return exchange
            self.rate_limited += 1
            pause = pause_after(exchange.answer.header("Retry-After"), attempt, time.time())
            self.gate.pause(pause)
            self.progress.waiting(pause, "the target answered 429")
        raise NotSent(f"the target answered 429 to it {PATIENCE} times")

    async def _send(self, request: Request) -> Exchange:
        if self.stopped:
            raise NotSent(self.stopped)
        number = await self.gate.enter()
        if self.stopped:  # while it waited for its turn
            raise NotSent(self.stopped)
        self.progress.request_sent()
        exchange = await self.transport.exchange(request, number)
        self.redactor.learn(exchange.answer)
        self._watch(exchange)
        return exchange

    def _watch(self, exchange: Exchange) -> None:
        timeout = isinstance(exchange.answer, Fault) and exchange.answer.kind is FaultKind.TIMEOUT
        self._timeouts += timeout
        self._timeouts_in_a_row = self._timeouts_in_a_row + 1 if timeout else 0
        in_a_row, in_all = TIMEOUTS
        if self._timeouts_in_a_row >= in_a_row:
            self.stop(f"the target does not answer: {in_a_row} requests in a row hit the time limit")
        elif self._timeouts >= in_all:
            self.stop(f"the target hardly answers: {in_all} requests hit the time limit")
