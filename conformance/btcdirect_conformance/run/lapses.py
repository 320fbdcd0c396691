"""Has a token ended in the midst of the run? One that is no JWT does not say when, and may be refused from then on.

An answer that would be right for an ended token means that it has ended, or that the target is wrong. So what deserves
a success with this token is asked: if it is refused as well, and again, the token has ended, or the target forgot it.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import define, evolve, field, frozen

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.conversation.session import CONNECTIONS, ROUNDS, Session
from btcdirect_conformance.exchange import Exchange, Response
from btcdirect_conformance.facts import ClientToken, Fixtures, UserToken
from btcdirect_conformance.judgement.oracle import codes_of, is_as_documented, is_success, rule

from .expiry import expiry
from .successes import pairs

MOST = 3
"""How many times a run asks in vain. A target that is wrong about a valid token gives reasons without end."""


@frozen
class _End:
    """A token, and how it is refused once it has ended. An API key does not end."""

    token: str
    trigger: str
    factor: str
    carried: tuple[ClientToken | UserToken, ...]
    """The states of a request that has it."""
    then: ClientToken | UserToken
    """What these are to a target for which it has ended."""

    def is_carried(self, exchange: Exchange) -> bool:
        """Whether the request has the token."""
        return getattr(exchange.request.facts, self.factor) in self.carried


_REFUSED = (400, 401, 403)
_CLIENT = (ClientToken.VALID, ClientToken.VARIANT, ClientToken.NO_SCHEME)
_USER = (UserToken.VALID, UserToken.VARIANT, UserToken.NO_SCHEME)
_ENDS = (
    _End("client_token", "client-token.expired", "client_token", _CLIENT, ClientToken.EXPIRED),
    _End("client_token", "client-token.invalid", "client_token", _CLIENT, ClientToken.INVALID),
    _End("user_token", "user-token.invalid", "user_token", _USER, UserToken.INVALID),
    _End("other_user_token", "user-token.invalid", "user_token", (UserToken.OTHER_USER,), UserToken.INVALID),
)


@define
class Lapses:
    """The tokens of a profile that have ended, as far as a run has found out."""

    session: Session
    fixtures: Fixtures
    contract: Contract
    _last_taken: dict[_End, int] = field(factory=dict[_End, int], init=False)
    """The ends that were found, and the number of the last request whose token was taken."""
    _in_vain: int = field(default=0, init=False)
    _asking: asyncio.Lock = field(factory=asyncio.Lock, init=False)

    async def look(self, exchanges: Sequence[Exchange]) -> None:
        """Asks about a token if one of these answers can be due to its end.

        Raises:
            NotSent: A limit ended it.
        """
        for end in _ENDS:
            if any(self._suspects(end, exchange) for exchange in exchanges):
                async with self._asking:
                    if end not in self._last_taken:
                        await self._ask(end)

    def explain(self, exchange: Exchange) -> bool:
        """Whether a deviation is none, or none for sure, since a token had ended."""
        return any(
            end.is_carried(exchange) and exchange.number > last - CONNECTIONS for end, last in self._last_taken.items()
        )

    def _suspects(self, end: _End, exchange: Exchange) -> bool:
        facts, answer = exchange.request.facts, exchange.answer
        if not end.is_carried(exchange) or not isinstance(answer, Response):
            return False
        if facts.method == "HEAD":  # no body says why
            return answer.status in _REFUSED and not rule(facts, self.contract).failure
        if self._refusal(end) not in codes_of(exchange, self.contract) or is_as_documented(exchange, self.contract):
            return False
        then: dict[str, Any] = {end.factor: end.then}
        ended = evolve(exchange.request, facts=evolve(facts, **then))
        return is_as_documented(evolve(exchange, request=ended), self.contract)

    def _refusal(self, end: _End) -> str:
        """The code for an ended token."""
        return self.contract.codes_by_trigger[end.trigger]

    async def _ask(self, end: _End) -> None:
        says = expiry(getattr(self.fixtures, end.token))
        others = evolve(self.fixtures, user_token=None)
        known = (*pairs(self.fixtures, self.contract), *pairs(others, self.contract))
        asks = next((pair.asks for pair in known if f"credentials.{end.token}" in pair.fixtures), None)
        taken = [
            exchange.number
            for exchange in self.session.exchanges
            if end.is_carried(exchange) and is_success(exchange, self.contract)
        ]
        if asks is None or not taken or self._in_vain >= MOST or (says and says > datetime.now(UTC)):
            return
        for _ in range(ROUNDS):
            if not self._suspects(end, await self.session.send(asks)):
                self._in_vain += 1
                return
        self._last_taken[end] = max(taken)
        self.session.stop(
            f"credentials.{end.token} was taken at first and is refused now ({self._refusal(end)}): "
            f"it ended in the midst of the run, or the target forgot it; renew it, and run again"
        )
