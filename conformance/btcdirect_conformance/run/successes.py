"""Which of a profile's fixtures together should get a success, and the requests that ask for it."""

from attrs import frozen

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Headers, Request
from btcdirect_conformance.facts import ANY_CLIENT, Fixtures
from btcdirect_conformance.judgement.classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION, read_facts

SUCCESS = (
    (ANY_CLIENT, "credentials.user_token", "orders.owned"),
    (ANY_CLIENT, "credentials.other_user_token", "orders.foreign"),
)
"""What a success takes, in two ways."""


@frozen
class Pair:
    """Credentials that should get a success, by the names of their fixtures."""

    client: str
    user: str
    order: str
    asks: Request

    @property
    def fixtures(self) -> frozenset[str]:
        """Their names."""
        return frozenset({self.client, self.user, self.order})


def pairs(fixtures: Fixtures, contract: Contract) -> tuple[Pair, ...]:
    """Every pair of valid credentials that the profile can make, for an order of that user."""
    named = next((needs for needs in SUCCESS if not fixtures.missing(needs)), None)
    if named is None:
        return ()
    _, user, order = named
    methods: list[tuple[str, str, str]] = []
    if fixtures.api_key:
        methods.append(("credentials.api_key", API_KEY, fixtures.api_key))
    if fixtures.client_token:
        methods.append(("credentials.client_token", AUTHORIZATION, f"Bearer {fixtures.client_token}"))
    token, number = (str(getattr(fixtures, name.partition(".")[2])) for name in (user, order))
    return tuple(
        Pair(client, user, order, request(number, ((name, value), of_user(token)), fixtures, contract))
        for client, name, value in methods
    )


def no_success(fixtures: Fixtures) -> str:
    """Why no success can be asked for, and what to put into the profile; empty if one can be."""
    if not all(fixtures.missing(needs) for needs in SUCCESS):
        return ""
    missing = " and no ".join(fixtures.missing(SUCCESS[0]))
    takes = "it takes a client's authorization, a user's token and an order of that user"
    return f"no success could be asked for, since the profile has no {missing}; {takes}"


def of_user(token: str) -> tuple[str, str]:
    """The field that authorizes a user."""
    return USER_AUTHORIZATION, f"Bearer {token}"


def request(order: str, headers: Headers, fixtures: Fixtures, contract: Contract) -> Request:
    """A request for an order."""
    target = contract.path.format(id=order)
    facts = read_facts("GET", target, headers, fixtures)
    if facts is None:  # pragma: no cover - the classifier knows the endpoint's own path
        raise AssertionError(target)
    return Request("GET", target, headers, facts)
