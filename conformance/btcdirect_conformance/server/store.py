"""The reference server's state: who may ask, which orders there are, and how far each liveness check has come."""

import hashlib
import hmac
import secrets
import time
import uuid
from collections.abc import Callable, Iterator
from enum import StrEnum

from attrs import define, field, frozen

from .fixtures import Fixtures

Clock = Callable[[], float]
"""Seconds since some moment; ``time.time`` or a test's own."""

TOKEN_LIFETIME = 3600.0
"""Client and user tokens live one hour (vendor docs)."""
REFRESH_LIFETIME = 30 * 24 * 3600.0
"""Refresh tokens live one month, counted anew at each use (vendor docs); a month is taken for 30 days."""


class Kind(StrEnum):
    """What a secret is good for. One kind never stands in for another."""

    API_KEY = "api-key"
    CLIENT_TOKEN = "client-token"  # noqa: S105 - a name, no secret
    USER_TOKEN = "user-token"  # noqa: S105 - a name, no secret
    CLIENT_REFRESH = "client-refresh"
    USER_REFRESH = "user-refresh"


@frozen
class Grant:
    """A secret, whom it speaks for, and until when."""

    kind: Kind
    secret: str = field(repr=False)
    subject: str
    expires: float | None = None
    """By the store's clock; ``None`` for never."""


@frozen
class Account:
    """Somebody who can log in: the partner, or one of its customers."""

    name: str
    password: str = field(repr=False)

    @property
    def identifier(self) -> str:
        """What the vendor calls ``identifier``: 36 characters (vendor docs)."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{self.name}"))


@frozen
class Order:
    """An order to buy, with the check that its owner has to pass."""

    id: str
    owner: str
    provokes: str | None = None
    """The code that it answers with."""
    type: str | None = None
    settles_as: str = "approved"


@define
class Store:
    """Everything that the server remembers. One event loop uses it; nothing here waits."""

    fixtures: Fixtures = field(factory=Fixtures)
    clock: Clock = time.time
    settles_after_polls: int = 5
    settles_after_seconds: float = 60.0
    accounts: dict[str, Account] = field(init=False, factory=dict[str, Account])
    orders: dict[str, Order] = field(init=False, factory=dict[str, Order])
    _grants: dict[bytes, Grant] = field(init=False, factory=dict[bytes, Grant], repr=False)
    _polls: dict[str, int] = field(init=False, factory=dict[str, int])
    _first_poll: dict[str, float] = field(init=False, factory=dict[str, float])

    def __attrs_post_init__(self) -> None:
        given = self.fixtures
        for name in (given.username, given.email, given.other_email):
            self.accounts[name] = Account(name, given.password)
        now = self.clock()
        self.add(Grant(Kind.API_KEY, given.api_key, given.username))
        self.add(Grant(Kind.CLIENT_TOKEN, given.client_token, given.username, now + TOKEN_LIFETIME))
        self.add(Grant(Kind.CLIENT_TOKEN, given.expired_client_token, given.username, now - TOKEN_LIFETIME))
        self.add(Grant(Kind.USER_TOKEN, given.user_token, given.email, now + TOKEN_LIFETIME))
        self.add(Grant(Kind.USER_TOKEN, given.other_user_token, given.other_email, now + TOKEN_LIFETIME))
        self.orders[given.owned] = Order(given.owned, given.email, type="sumsub")
        self.orders[given.foreign] = Order(given.foreign, given.other_email)
        for code, order in given.provoking().items():
            self.orders[order] = Order(order, given.email, provokes=code)

    def add(self, grant: Grant) -> None:
        """Make a secret good for something."""
        self._grants[_digest(grant.kind, grant.secret)] = grant

    def issue(self, kind: Kind, subject: str, lifetime: float) -> str:
        """A new secret for the subject, good for that many seconds."""
        grant = Grant(kind, f"test-{secrets.token_urlsafe(32)}", subject, self.clock() + lifetime)
        self.add(grant)
        return grant.secret

    def revoke(self, grant: Grant) -> None:
        """Make a secret good for nothing."""
        self._grants.pop(_digest(grant.kind, grant.secret), None)

    def grant(self, kind: Kind, secret: str) -> Grant | None:
        """What the secret opens, expired or not. Takes no longer for a secret that is nearly right."""
        grant = self._grants.get(_digest(kind, secret))
        if grant is None or not hmac.compare_digest(grant.secret.encode(), secret.encode("utf-8", "replace")):
            return None
        return grant

    def grants(self, kind: Kind) -> Iterator[Grant]:
        """Every secret of that kind."""
        return (grant for grant in self._grants.values() if grant.kind is kind)

    def expired(self, grant: Grant) -> bool:
        """Whether its time is over."""
        return grant.expires is not None and grant.expires <= self.clock()

    def poll(self, order: Order) -> dict[str, object]:
        """The check of the order. Each look at it counts; after some looks, or some time, it is settled.

        The page does not say which values the fields take. ``missing`` and ``pending`` are the vendor docs' values of
        another endpoint; ``liveness``, ``sumsub`` and the settled values are invented.
        """
        polls = self._polls[order.id] = self._polls.get(order.id, 0) + 1
        since = self.clock() - self._first_poll.setdefault(order.id, self.clock())
        settled = polls > self.settles_after_polls or since >= self.settles_after_seconds
        status = order.settles_as if settled else "missing" if polls == 1 else "pending"
        token = hashlib.sha256(f"{self.fixtures.seed}:access:{order.id}".encode()).hexdigest()
        return {
            "name": "liveness",
            "type": order.type,
            "status": status,
            "data": {"accessToken": f"_act-sbx-{token[:40]}"},
        }


def _digest(kind: Kind, secret: str) -> bytes:
    return hashlib.sha256(f"{kind}:{secret}".encode("utf-8", "replace")).digest()
