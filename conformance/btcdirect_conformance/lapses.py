"""Has a token ended in the midst of the run? One that is no JWT does not say when, and may be refused from then on.

An answer that is as documented once a token is taken for an ended one means that, or a deviation. So what deserves a
success with this token is asked: if it is refused as well, and again, the token has ended, or the target forgot it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from attrs import define, evolve, field

from .contract import Contract
from .coverage import codes_of
from .doubts import CLIENT_EXPIRED, OTHER_IS_INVALID, USER_IS_INVALID, Doubt, conforms
from .exchange import Exchange
from .expiry import expiry
from .facts import Fixtures
from .pairs import pairs
from .session import Session

ENDS: Mapping[Doubt, str] = {
    CLIENT_EXPIRED: "client-token.expired",
    USER_IS_INVALID: "user-token.invalid",
    OTHER_IS_INVALID: "user-token.invalid",
}
"""How an ended token is refused, by the catalogue's trigger. An API key does not end."""

ROUNDS = 3
"""How often a token has to be refused: one bad node in a pool refuses now and then."""

MOST = 3
"""How many times a run asks in vain. A target that is wrong about a valid token gives reasons without end."""


@define
class Lapses:
    """The tokens of a profile that have ended, as far as a run has found out."""

    session: Session
    fixtures: Fixtures
    contract: Contract
    _ended: list[Doubt] = field(factory=list[Doubt], init=False)
    _in_vain: int = field(default=0, init=False)

    async def look(self, exchanges: Sequence[Exchange]) -> None:
        """Asks about a token if one of these answers can be due to its end.

        Raises:
            NotSent: A limit ended it.
        """
        for doubt in ENDS:
            if doubt not in self._ended and any(self._suspects(doubt, exchange) for exchange in exchanges):
                await self._ask(doubt)

    def explain(self, exchange: Exchange) -> bool:
        """Whether a deviation is none, since a token had ended."""
        return any(self._suspects(doubt, exchange) for doubt in self._ended)

    def _suspects(self, doubt: Doubt, exchange: Exchange) -> bool:
        return (
            doubt.reads(exchange.request.facts) is not None
            and self._refusal(doubt) in codes_of(exchange, self.contract)
            and not conforms(exchange, self.contract)
            and doubt.explains(exchange, self.contract)
        )

    def _refusal(self, doubt: Doubt) -> str:
        """The code for an ended token."""
        return self.contract.codes_by_trigger[ENDS[doubt]]

    async def _ask(self, doubt: Doubt) -> None:
        name = doubt.fixture.partition(".")[2]
        ends = expiry(getattr(self.fixtures, name))
        others = evolve(self.fixtures, user_token=None)
        known = (*pairs(self.fixtures, self.contract), *pairs(others, self.contract))
        asks = next((pair.asks for pair in known if doubt.fixture in pair.fixtures), None)
        taken = any(doubt.is_refuted(exchange, self.contract) for exchange in self.session.exchanges)
        if asks is None or not taken or self._in_vain >= MOST or (ends and ends > datetime.now(UTC)):
            return
        for _ in range(ROUNDS):
            if not self._suspects(doubt, await self.session.send(asks)):
                self._in_vain += 1
                return
        self._ended.append(doubt)
        self.session.stop(
            f"{doubt.fixture} was taken at first and is refused now ({self._refusal(doubt)}): "
            f"it ended in the midst of the run, or the target forgot it; renew it, and run again"
        )
