"""One run's conversation with the target: budget, pace, answers 429, and everything that was said, in order."""

import asyncio
import time
from typing import Protocol

from attrs import define, field

from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.exchange import Exchange, Fault, FaultKind, Request, Response, http_date
from btcdirect_conformance.judgement.answers import RATE_LIMIT, read_answer
from btcdirect_conformance.redaction.redactor import Redactor
from btcdirect_conformance.transport.sockets import Transport
from btcdirect_conformance.verdict import CaseResult

from .limits import ONE_REQUEST, Gate, NotSent, Patience, pause_after

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""RFC 9110, section 9.2.1."""

CONNECTIONS = 4
"""How many cases are on their way at a time; the requests of one case go out one after the other."""

SUSPICIOUS = 3
"""After so many answers 429 to one request, a known success is sent, to see whether this request alone is refused."""

SURE = 2
"""If that passes, so many more answers 429 settle it; the first of them may be due to the success in between."""

ROUNDS = 3
"""How often an answer that would end the run has to come: one bad node in a pool gives a wrong one now and then."""

REFUSED = "the target answers 429 to it"
"""How the reason begins for which a request was given up."""

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
    answerable: Request | None = None
    """A request that the target answers with a success, once one is known."""
    exchanges: list[Exchange] = field(factory=list[Exchange], init=False)
    """Every exchange of the run; answers 429 that were waited for are only counted."""
    rate_limited: int = field(default=0, init=False)
    stopped: str = field(default="", init=False)
    """Why nothing more is sent, if so."""
    _patience: Patience = field(factory=Patience, init=False)
    _refused_alone: bool = field(default=False, init=False)
    """Whether the target is known to answer some requests with nothing but 429, and others not."""
    _queue: asyncio.Lock = field(factory=asyncio.Lock, init=False)
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
        if not self.rate_limited:
            exchange = await self._send(request)
            if (answer := _limited(exchange)) is None:
                return self._kept(exchange)
            self._hold(answer)
        # A target that limits the rate is asked one after the other: nobody starves, and fewer are refused.
        async with self._queue:
            return await self._sent_again(request)

    def put_off(self, exchange: Exchange, seconds: float, reason: str) -> None:
        """Takes an exchange back that says nothing yet, and sends nothing for so many seconds."""
        self.exchanges.remove(exchange)
        self.gate.pause(seconds)
        self.progress.waiting(seconds, reason)

    async def _sent_again(self, request: Request) -> Exchange:
        before, refused, others_pass = self._patience.in_all, 0, False
        while answer := _limited(exchange := await self._send(request)):
            waited = self._patience.in_all - before
            refused += 1
            alone = others_pass and refused >= SURE
            self._refused_alone = self._refused_alone or alone
            self._hold(answer, last=alone or waited >= ONE_REQUEST)
            if alone:
                raise NotSent(f"{REFUSED} again and again, and not to others")
            if waited >= ONE_REQUEST:
                raise NotSent(f"the target answered nothing but 429 to it for {waited:.0f} s")
            if not others_pass and (self._refused_alone or refused >= SUSPICIOUS):
                others_pass = await self._passes_others()
                refused = 0
        return self._kept(exchange)

    async def _passes_others(self) -> bool:
        """Whether a request that deserves a success is answered by something else than 429."""
        if self.answerable is None or _limited(await self._send(self.answerable)) is not None:
            return False
        self._patience.answered()
        return True

    def _kept(self, exchange: Exchange) -> Exchange:
        self._patience.answered()
        self.exchanges.append(exchange)
        return exchange

    def _hold(self, answer: Response, *, last: bool = False) -> None:
        """Sends nothing for as long as an answer 429 asks, or nothing more in this run.

        Args:
            answer: The answer.
            last: The request is not sent again, so that only what the answer asks for itself is waited for.
        """
        self.rate_limited += 1
        already = self.gate.paused
        if not already:  # within a pause, it answers a request from before
            self._patience.attempts += 1
        attempt = 0 if last else max(1, self._patience.attempts)
        asked = pause_after(answer.header("Retry-After"), attempt, _now(answer))
        if problem := self._patience.wait(asked, max(0.0, asked - already)):
            self.stop(problem)
            raise NotSent(self.stopped)
        self.gate.pause(asked)
        self.progress.waiting(self.gate.paused, "the target answered 429")

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
            self.stop(f"{in_a_row} requests in a row hit the time limit: the target does not answer them")
        elif self._timeouts >= in_all:
            self.stop(f"{in_all} requests hit the time limit: the target hardly answers")


def _limited(exchange: Exchange) -> Response | None:
    """The answer, if it is 429."""
    answer = exchange.answer
    if not isinstance(answer, Response) or answer.status != RATE_LIMIT:
        return None
    return answer if read_answer(answer, load_contract().known_codes).is_rate_limit else None


def _now(answer: Response) -> float:
    """The time by the target's clock, which its ``Retry-After`` is of, if it tells; else by ours."""
    date = http_date(answer.header("Date") or "")
    return time.time() if date is None else date
