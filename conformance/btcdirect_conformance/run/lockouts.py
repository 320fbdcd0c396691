"""Is the target gone in the midst of the run? A front may have locked the run out, or have nothing behind it any more.

Some count wrong credentials, and then answer 403 to whoever sent them, right ones included; a gateway says 502 to 504
for what is down. No document speaks of either. So when such a page comes, the request that was a success is sent again:
if it gets the page as well, and again, the target says nothing any more that could be judged. Some gateways refuse with
such a page what comes fast (nginx's limit_req): what was refused is sent again slowly, and if all of it passes, it was
the rate.
"""

import asyncio
from collections.abc import Sequence

from attrs import define, field

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.conversation.session import CONNECTIONS, Session
from btcdirect_conformance.exchange import Exchange, Response
from btcdirect_conformance.judgement.answers import GATEWAY
from btcdirect_conformance.judgement.oracle import is_success, understand

_FORBIDDEN = 403
_LOCKED_OUT = "a front has locked the run out, as some do after wrong credentials: have it let the run pass"
_GONE = "a gateway has nothing behind it any more, or takes the run for too fast: see that the target is up"

PAUSES = 1.0, 2.0, 4.0
"""Seconds after each time that a gateway refuses a success; one bad node in a pool refuses now and then."""

FEW = 3
"""Fewer pages of a gateway are no limit of the rate."""

DENSE = 10, 40
"""So many pages of a gateway among the last so many answers may be due to the rate: slow requests tell."""

SLOWLY = 4.0
"""Requests a second of that trial."""

AGAIN = 12
"""How many requests that got a page are sent again then; one bad node in four gives none of them in 3 % of runs."""

MOST = 3
"""How many times a run asks in vain. A target may have such pages for something else."""


@define
class Lockouts:
    """Whether a run has been locked out, as far as it has found out."""

    session: Session
    contract: Contract
    _last_taken: int | None = field(default=None, init=False)
    """The number of the last request that was a success, once it is known that none will be."""
    _in_vain: int = field(default=0, init=False)
    _too_fast: bool | None = field(default=None, init=False)
    """Whether a gateway refuses what comes fast, once that was tried."""
    _asking: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def look(self, exchanges: Sequence[Exchange]) -> None:
        """Asks for a success if one of these answers can be due to a lockout.

        Raises:
            NotSent: A limit ended it.
        """
        if any(map(self._is_shut, exchanges)):
            async with self._asking:
                if self._last_taken is None and self._in_vain < MOST:
                    await self._ask()
                if self._last_taken is None and self._too_fast is None:
                    await self._try_slowly()

    def explain(self, exchange: Exchange) -> bool:
        """Whether a deviation is none, since the run was locked out."""
        if self._too_fast and self._is_gateways(exchange):
            return True
        last = self._last_taken
        return last is not None and exchange.number > last - CONNECTIONS and self._is_shut(exchange)

    def note(self) -> str:
        """What to try where a gateway's pages came now and then; empty if they did not."""
        pages = sum(map(self._is_gateways, self.session.exchanges))
        if pages < FEW or self._last_taken is not None or self._too_fast:
            return ""
        return (
            f"{pages} answers were a gateway's own 502, 503 or 504. If it limits the rate, as nginx does with 503 "
            f"by default, lower limits.requests_per_second and run again."
        )

    def _is_shut(self, exchange: Exchange) -> bool:
        answer = exchange.answer
        if not isinstance(answer, Response) or answer.status not in (_FORBIDDEN, *GATEWAY):
            return False
        understood = understand(answer, self.contract)
        return not (understood.is_error or understood.has_member_errors)

    def _is_gateways(self, exchange: Exchange) -> bool:
        return self._is_shut(exchange) and exchange.answer.status in GATEWAY

    @property
    def takes_back(self) -> bool:
        """Whether it was found out that pages which were judged already say nothing about the target."""
        return bool(self._too_fast)

    async def _try_slowly(self) -> None:
        """Sends again what got a gateway's page, if that was much of late, at a pace that any limit should allow."""
        pages, latest = DENSE
        refused = [one.request for one in self.session.exchanges[-latest:] if self._is_gateways(one)]
        if len(refused) < pages:
            return
        gate = self.session.gate
        usual, gate.rate = gate.rate, min(SLOWLY, gate.rate or SLOWLY)
        gate.pause(PAUSES[0])
        self.session.progress.waiting(PAUSES[0] + AGAIN / gate.rate, "a gateway refuses much: is it the rate?")
        try:
            self._too_fast = False
            for request in (refused * AGAIN)[:AGAIN]:
                if self._is_gateways(await self.session.send(request)):
                    return
        finally:
            gate.rate = usual
        self._too_fast = True
        self.session.stop(
            f"a gateway refuses requests that come fast and lets the same ones through at {SLOWLY:g} a second, as "
            f"nginx's limit_req does with 503; ask more slowly (limits.requests_per_second)"
        )

    async def _ask(self) -> None:
        if self.session.answerable is None:
            return
        status: int | None = None
        for pause in PAUSES:
            exchange = await self.session.send(self.session.answerable)
            if not self._is_shut(exchange):
                self._in_vain += 1
                return
            status = exchange.answer.status
            if status in GATEWAY:
                self.session.gate.pause(pause)
                self.session.progress.waiting(pause, f"a gateway answers {status}")
        taken = [one.number for one in self.session.exchanges if is_success(one, self.contract)]
        self._last_taken = max(taken, default=0)
        let_through = max((one.number for one in self.session.exchanges if not self._is_shut(one)), default=0)
        why = _GONE if status in GATEWAY else _LOCKED_OUT
        self.session.stop(
            f"the target answers {status} to everything since request {let_through + 1}, to valid "
            f"credentials as well; {why}, or ask more slowly (limits.requests_per_second)"
        )
