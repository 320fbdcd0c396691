"""What else than the target may explain a deviation: a fixture that is not what the profile says.

Each doubt reads a request's facts as they would be if that fixture were wrong. If the documents then allow the answer,
one answer cannot tell a wrong fixture from a wrong target. The preflight asks further and stops the run where more
answers can tell; where none can, the finding stands and says what else it may be.
"""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, frozen

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange
from btcdirect_conformance.facts import ApiKey, ClientToken, Order, RequestFacts, UserToken

from .oracle import is_as_documented


@frozen
class Doubt:
    """One fixture, taken for something else."""

    fixture: str
    """As it is written in a profile."""
    says: str
    """What it would be, after "or"."""
    reads: Callable[[RequestFacts], RequestFacts | None]
    """The facts of a request if that is so; ``None`` if the request does not carry the fixture."""

    def explains(self, exchange: Exchange, contract: Contract) -> bool:
        """Whether the answer is as documented if that is so."""
        facts = self.reads(exchange.request.facts) or exchange.request.facts
        return is_as_documented(evolve(exchange, request=evolve(exchange.request, facts=facts)), contract)

    def is_refuted(self, exchange: Exchange, contract: Contract) -> bool:
        """Whether the answer is as documented, and would not be if that were so."""
        carries = self.reads(exchange.request.facts) is not None
        return carries and not self.explains(exchange, contract) and is_as_documented(exchange, contract)


def doubt_of(exchange: Exchange, seen: Sequence[Exchange], contract: Contract) -> str:
    """What else may explain a deviation, in words; empty if nothing does.

    Args:
        exchange: The one that deviates.
        seen: All others so far; one that refutes a doubt removes it.
        contract: Gives the codes.
    """
    possible = [
        doubt
        for doubt in DOUBTS
        if doubt.reads(exchange.request.facts) is not None
        and doubt.explains(exchange, contract)
        and not any(doubt.is_refuted(other, contract) for other in seen)
    ]
    return ", ".join(f"or the profile's {doubt.fixture} {doubt.says}" for doubt in possible)


def _if(then: dict[str, Any], **states: Any) -> Callable[[RequestFacts], RequestFacts | None]:
    """Reads the facts with these states otherwise."""

    def reads(facts: RequestFacts) -> RequestFacts | None:
        carries = all(getattr(facts, name) is state for name, state in states.items())
        return evolve(facts, **then) if carries else None

    return reads


OTHER_IS_INVALID = Doubt(
    "credentials.other_user_token",
    "is not valid",
    _if({"user_token": UserToken.INVALID}, user_token=UserToken.OTHER_USER),
)
NO_FOREIGN = Doubt("orders.foreign", "does not exist", _if({"order": Order.UNKNOWN}, order=Order.FOREIGN))
UNKNOWN_IS_FOREIGN = Doubt(
    "orders.unknown", "exists and is somebody else's", _if({"order": Order.FOREIGN}, order=Order.UNKNOWN)
)
UNKNOWN_IS_OWNED = Doubt("orders.unknown", "is an order of the user", _if({"order": Order.OWNED}, order=Order.UNKNOWN))

DOUBTS = (
    Doubt("credentials.api_key", "is not valid", _if({"api_key": ApiKey.INVALID}, api_key=ApiKey.VALID)),
    Doubt(
        "credentials.client_token",
        "is not valid",
        _if({"client_token": ClientToken.INVALID}, client_token=ClientToken.VALID),
    ),
    Doubt(
        "credentials.client_token",
        "has expired",
        _if({"client_token": ClientToken.EXPIRED}, client_token=ClientToken.VALID),
    ),
    Doubt(
        "credentials.expired_client_token",
        "has not expired",
        _if({"client_token": ClientToken.VALID}, client_token=ClientToken.EXPIRED),
    ),
    Doubt(
        "credentials.expired_client_token",
        "never was a client token",
        _if({"client_token": ClientToken.INVALID}, client_token=ClientToken.EXPIRED),
    ),
    Doubt(
        "credentials.user_token",
        "is not valid (any more)",
        _if({"user_token": UserToken.INVALID}, user_token=UserToken.VALID),
    ),
    OTHER_IS_INVALID,
    Doubt(
        "credentials.other_user_token",
        "is of the same user as user_token",
        _if({"user_token": UserToken.VALID}, user_token=UserToken.OTHER_USER, order=Order.OWNED),
    ),
    NO_FOREIGN,
    Doubt(
        "orders.foreign",
        "does not belong to other_user_token",
        _if({"user_token": UserToken.VALID}, user_token=UserToken.OTHER_USER, order=Order.FOREIGN),
    ),
    Doubt("orders.foreign", "belongs to user_token", _if({"order": Order.OWNED}, order=Order.FOREIGN)),
    UNKNOWN_IS_FOREIGN,
    UNKNOWN_IS_OWNED,
)
"""Every fixture that a single answer cannot tell from a wrong target."""
