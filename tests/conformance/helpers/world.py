"""A target in a few lines: which credentials are valid, and whose the orders are. It answers as the documents say."""

from collections.abc import Mapping
from urllib.parse import unquote

from attrs import frozen

from btcdirect_conformance.exchange import Request, Response
from btcdirect_conformance.facts import Fixtures

from .scripted import failure, header, json_answer

PROFILE = Fixtures(
    api_key="the-key-1",
    client_token="the-token-1",
    expired_client_token="the-expired-1",
    user_token="of-ada-1",
    other_user_token="of-grace-1",
    owned="480213",
    foreign="480377",
    unknown="99120045",
)
"""What fits the world as it is."""


@frozen
class World:
    """Called with a request, it answers."""

    @classmethod
    def of(cls, fixtures: Fixtures) -> "World":
        """One that fits these fixtures, all of them given."""
        return cls(
            keys=frozenset({f"{fixtures.api_key}"}),
            tokens=frozenset({f"Bearer {fixtures.client_token}"}),
            expired=frozenset({f"Bearer {fixtures.expired_client_token}"}),
            users={f"Bearer {fixtures.user_token}": "ada", f"Bearer {fixtures.other_user_token}": "grace"},
            orders={f"{fixtures.owned}": "ada", f"{fixtures.foreign}": "grace"},
        )

    keys: frozenset[str] = frozenset({"the-key-1"})
    tokens: frozenset[str] = frozenset({"Bearer the-token-1"})
    expired: frozenset[str] = frozenset({"Bearer the-expired-1"})
    users: Mapping[str, str] = {"Bearer of-ada-1": "ada", "Bearer of-grace-1": "grace"}
    orders: Mapping[str, str] = {"480213": "ada", "480377": "grace", "55": "ada", "66": "linus"}

    def __call__(self, request: Request) -> Response:
        """The first thing that is wrong, or a success."""
        key, token = header(request, "x-api-key"), header(request, "authorization")
        if key and token:
            return failure("ER803")
        if not key and not token:
            return failure("ER802")
        if key and key not in self.keys:
            return failure("ER805")
        if token and token not in self.tokens:
            return failure("ER801" if token in self.expired else "ER800")
        if not (claimed := header(request, "user-authorization")):
            return failure("ER700")
        user = self.users.get(claimed)
        if user is None:
            return failure("ER702")
        number = unquote(request.target.split("/")[4])
        if not number.isdecimal():
            return failure("ER034" if number else "ER033")
        return self.order(number, user)

    def order(self, number: str, user: str) -> Response:
        """What a known user gets."""
        owner = self.orders.get(number)
        if owner is None:
            return failure("ER035")
        return liveness(user) if owner == user else failure("ER150")


def liveness(user: str) -> Response:
    """A success, with an access token of the user's own."""
    return json_answer(200, {"name": "liveness", "status": "pending", "data": {"accessToken": f"_act-of-{user}-1"}})
