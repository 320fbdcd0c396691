"""What provokes each error: one predicate per trigger of the catalogue, by the catalogue's name.

They speak of plain facts only, that is, of requests whose meaning the documents leave no doubt on; ``readings`` says
which plain facts a doubtful request may stand for.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from btcdirect_conformance.facts import ApiKey, ClientToken, Order, RequestFacts, UserToken

Trigger = Callable[[RequestFacts], bool]


def _no_client_authorization(facts: RequestFacts) -> bool:
    return facts.client_token is ClientToken.ABSENT and facts.api_key is ApiKey.ABSENT


def _two_client_authorizations(facts: RequestFacts) -> bool:
    return facts.client_token is not ClientToken.ABSENT and facts.api_key is not ApiKey.ABSENT


def _somebody_elses_order(facts: RequestFacts) -> bool:
    if facts.user_token is UserToken.OTHER_USER:
        return facts.order is Order.OWNED
    return facts.order is Order.FOREIGN


def _never(_: RequestFacts) -> bool:
    return False


TRIGGERS: Mapping[str, Trigger] = MappingProxyType(
    {
        "order-id.missing": lambda facts: facts.order is Order.MISSING,
        "order-id.not-a-number": lambda facts: facts.order is Order.NOT_A_NUMBER,
        "order.unknown": lambda facts: facts.order is Order.UNKNOWN,
        "order.foreign": _somebody_elses_order,
        "user-token.missing": lambda facts: facts.user_token is UserToken.ABSENT,
        "user-token.invalid": lambda facts: facts.user_token is UserToken.INVALID,
        "client-token.invalid": lambda facts: facts.client_token is ClientToken.INVALID,
        "client-token.expired": lambda facts: facts.client_token is ClientToken.EXPIRED,
        # Both texts fit a request without any client authorization, and neither one with the other method alone.
        "client-token.missing": lambda facts: (
            _no_client_authorization(facts) or facts.client_token is ClientToken.NOT_FOUND
        ),
        "client-authorization.multiple": _two_client_authorizations,
        "api-key.invalid": lambda facts: facts.api_key is ApiKey.INVALID,
        "api-key.missing": lambda facts: _no_client_authorization(facts) or facts.api_key is ApiKey.NOT_FOUND,
        # "Anything else": no request of this suite is anything else.
        "other": _never,
    }
)


def fired(facts: RequestFacts) -> frozenset[str]:
    """The names of the triggers that hold for plain facts."""
    return frozenset(name for name, holds in TRIGGERS.items() if holds(facts))
