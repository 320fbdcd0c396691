"""A fake of the API for the tests of your own code: an httpx transport without a socket.

The fake answers every request as the documents say the API does: it checks the partner's and the user's authorization,
the grammar of the order id, whether the order exists and whose it is; and it logs the partner in. What an order answers
is a script of steps, and what the network does to a request is a step as well::

    api = FakeApi()
    api.add_order("480213", "pending", httpx.ReadTimeout, "approved")
    with Client(ApiKey(api.api_key), http_client=httpx.Client(transport=api)) as btcdirect:
        check = btcdirect.as_user(api.user_token).wait_for_liveness("480213")

Where the documents leave something open the fake takes one of the ways that they allow: it sends one error at a time,
the partner's authorization before the user's before the order's; ER802 when there are no client credentials; 400 for
every code but ER999 (500) and ER920 (429), because code that relies on another status relies on nothing documented.
"""

import json
import re
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from threading import Lock
from urllib.parse import unquote

import httpx
from attrs import field, frozen

from ._fake_steps import Answer, Check, Failure, Step, checked, perform

__all__ = ["Answer", "Check", "Failure", "FakeApi", "FakeOrder", "ReceivedRequest", "Step"]

_ROUTE = re.compile(r"/api/v2/buy/([^/]*)/identification/liveness")
_LOGINS = {"/api/v1/authenticate": ("username", "password"), "/api/v1/refresh": ("refreshToken",)}
_NUMBER = re.compile(r"[0-9]+")


@frozen
class ReceivedRequest:
    """A request that the fake got. The repr shows no header, for they hold the tokens."""

    method: str
    path: str
    """As sent: percent-encoded, without the query."""
    order_id: str | None
    """Decoded; ``None`` when the path is not the endpoint's."""
    headers: httpx.Headers = field(repr=False)
    outcome: int | str
    """The status that was answered, or the name of the httpx exception."""

    @property
    def user_token(self) -> str | None:
        """The token of ``User-Authorization: Bearer …``."""
        return _bearer(self.headers.get("User-Authorization"))

    @property
    def client_token(self) -> str | None:
        """The token of ``Authorization: Bearer …``."""
        return _bearer(self.headers.get("Authorization"))

    @property
    def api_key(self) -> str | None:
        """The value of ``X-Api-Key``."""
        value: str | None = self.headers.get("X-Api-Key")
        return value


class FakeOrder:
    """An order of the fake, and the script that its answers follow."""

    def __init__(self, order_id: str, user_token: str, steps: tuple[Step, ...]) -> None:
        self.order_id = order_id
        self.access_token = f"access-token-of-{order_id}"
        """What ``data.accessToken`` is when a step is a string."""
        self._user_token = user_token
        self._steps = deque(checked(steps) or ("pending",))

    def __repr__(self) -> str:
        return f"FakeOrder({self.order_id!r})"

    def script(self, *steps: Step) -> None:
        """From now on answer these, one for each request of the owner; the last one is repeated.

        Raises:
            TypeError: If one is no step.
            ValueError: If there is none.
        """
        if not steps:
            raise ValueError("a script needs at least one step")
        self._steps = deque(checked(steps))

    def belongs_to(self, user_token: str) -> bool:
        """Whether it is this user's."""
        return self._user_token == user_token

    def next_step(self) -> Step:
        """The step of the next request."""
        step = self._steps.popleft() if len(self._steps) > 1 else self._steps[0]
        return Check(step, access_token=self.access_token) if isinstance(step, str) else step


class FakeApi(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """The fake API: a transport for ``httpx.Client`` and ``httpx.AsyncClient``, safe to share between threads.

    Closing a client leaves it as it is, so one fake serves as many clients as a test needs.
    """

    def __init__(
        self,
        *,
        api_key: str = "fake-api-key",
        client_token: str = "fake-client-token",  # noqa: S107 - the fake's own, good for nothing elsewhere
        user_token: str = "fake-user-token",  # noqa: S107
        username: str = "fake-username",
        password: str = "fake-password",  # noqa: S107
    ) -> None:
        self.api_key = api_key
        """The one API key that is valid."""
        self.client_token = client_token
        """The one client token that is valid."""
        self.user_token = user_token
        """The user that orders belong to when none is named."""
        self.username = username
        """The partner's username, for which the API gives client tokens."""
        self.password = password
        """The partner's password."""
        self.refresh_token = "fake-refresh-token"  # noqa: S105
        """What comes with a client token, and gives the next one."""
        self._users = {user_token}
        self._expired: set[str] = set()
        self._orders: dict[str, FakeOrder] = {}
        self._injected: deque[Step] = deque()
        self._outage: Step | None = None
        self._requests: list[ReceivedRequest] = []
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"FakeApi(orders={len(self._orders)}, requests={len(self._requests)})"

    @property
    def requests(self) -> tuple[ReceivedRequest, ...]:
        """The requests so far, in the order of their arrival."""
        return tuple(self._requests)

    def add_user(self, user_token: str) -> None:
        """Make this user token valid."""
        self._users.add(user_token)

    def revoke_user(self, user_token: str) -> None:
        """Make this user token invalid (ER702): it ran out, or the user logged out."""
        self._users.discard(user_token)

    def replace_client_token(self, client_token: str) -> None:
        """Let the client token expire (ER801) and make `client_token` the valid one, which a login gives."""
        self._expired.add(self.client_token)
        self._expired.discard(client_token)
        self.client_token = client_token

    def add_order(self, order_id: str | int, *steps: Step, user_token: str | None = None) -> FakeOrder:
        """Add an order, or replace it, that answers `steps` (``pending`` when there are none); the last is repeated.

        A `user_token` that is new becomes valid.

        Raises:
            TypeError: If a step is none.
            ValueError: If the id is no number.
        """
        key = str(order_id)
        if not _NUMBER.fullmatch(key):
            raise ValueError(f"an order id is a number, not {key!r}")
        owner = self.user_token if user_token is None else user_token
        self.add_user(owner)
        self._orders[key] = FakeOrder(key, owner, steps)
        return self._orders[key]

    def inject(self, *steps: Step) -> None:
        """Let the next requests come to `steps`, one each, whatever they ask and whoever sends them.

        Raises:
            TypeError: If one is no step.
        """
        self._injected.extend(checked(steps))

    @contextmanager
    def outage(self, step: Step) -> Generator[None]:
        """Within the block every request comes to `step`.

        Raises:
            TypeError: If it is no step.
        """
        (self._outage,) = checked((step,))
        try:
            yield
        finally:
            self._outage = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, as a transport of ``httpx.Client``."""
        path = request.url.raw_path.partition(b"?")[0].decode("ascii")
        route = _ROUTE.fullmatch(path)
        order_id = unquote(route[1], errors="replace") if route else None
        with self._lock:
            outcome = perform(self._decide(request, order_id), request)
            self._requests.append(
                ReceivedRequest(
                    request.method,
                    path,
                    order_id,
                    request.headers,
                    outcome.status_code if isinstance(outcome, httpx.Response) else type(outcome).__name__,
                )
            )
        if isinstance(outcome, httpx.Response):
            return outcome
        raise outcome

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, as a transport of ``httpx.AsyncClient``."""
        return self.handle_request(request)

    def _decide(self, request: httpx.Request, order_id: str | None) -> Step:
        if self._outage is not None:
            return self._outage
        if self._injected:
            return self._injected.popleft()
        if request.method == "POST" and request.url.path in _LOGINS:
            return self._login(request)
        if order_id is None:
            return Answer(404, "Not Found", headers={"Content-Type": "text/plain"})
        if request.method != "GET":
            return Answer(405, headers={"Allow": "GET"})
        code = self._client_error(request.headers) or self._user_error(request.headers)
        if code is None:
            code = self._order_error(order_id, _bearer(request.headers["User-Authorization"]) or "")
        return self._orders[order_id].next_step() if code is None else Failure(code)

    def _login(self, request: httpx.Request) -> Step:
        known = {"username": self.username, "password": self.password, "refreshToken": self.refresh_token}
        if _members(request) == {name: known[name] for name in _LOGINS[request.url.path]}:
            return Answer(200, {"token": self.client_token, "refreshToken": self.refresh_token})
        # Vendor docs name the code and the message; a solution and a status are not documented.
        entry = {"code": "ER038", "message": "Bad credentials.", "solution": ""}
        return Answer(400, {"errors": {"ER038": entry}})

    def _client_error(self, headers: httpx.Headers) -> str | None:
        authorization, api_key = _presented(headers, "Authorization"), _presented(headers, "X-Api-Key")
        if authorization and api_key:
            return "ER803"
        if api_key:
            return None if api_key == self.api_key else "ER805"
        if not authorization:
            return "ER806" if "X-Api-Key" in headers else "ER802"
        token = _bearer(authorization)
        if token in self._expired:
            return "ER801"
        return None if token == self.client_token else "ER800"

    def _user_error(self, headers: httpx.Headers) -> str | None:
        authorization = _presented(headers, "User-Authorization")
        if not authorization:
            return "ER700"
        return None if _bearer(authorization) in self._users else "ER702"

    def _order_error(self, order_id: str, user_token: str) -> str | None:
        if not order_id:
            return "ER033"
        if not _NUMBER.fullmatch(order_id):
            return "ER034"
        if order_id not in self._orders:
            return "ER035"
        return None if self._orders[order_id].belongs_to(user_token) else "ER150"


def _members(request: httpx.Request) -> object:
    try:
        return json.loads(request.content)
    except ValueError:
        return None


def _presented(headers: httpx.Headers, name: str) -> str:
    """What a header presents; an empty value and a scheme without a token present nothing."""
    value: str = headers.get(name, "").strip()
    return "" if value.lower() == "bearer" else value


def _bearer(authorization: str | None) -> str | None:
    """The token; the scheme's name has no case (RFC 9110, section 11.1)."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
