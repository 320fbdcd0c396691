"""The reference server: what it decides, what it remembers, and how it starts and stops."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping

import httpx
import pytest

from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.server.fixtures import SECRETS, Fixtures
from btcdirect_conformance.server.running import Running, bind, running_server
from btcdirect_conformance.server.store import REFRESH_LIFETIME, TOKEN_LIFETIME, Store


class Clock:
    """A clock that stands until it is told."""

    now = 1_000_000.0

    def __call__(self) -> float:
        """Seconds since some moment."""
        return self.now


class Asking:
    """Asks the server as the profile's user, but for what a test changes."""

    def __init__(self, server: Running, client: httpx.Client) -> None:
        self.server = server
        self.fixtures = server.fixtures
        self.client = client
        self.good = {
            "X-Api-Key": self.fixtures.api_key,
            "User-Authorization": f"Bearer {self.fixtures.user_token}",
        }

    def __call__(self, order: str | None = None, method: str = "GET", **changed: str | None) -> httpx.Response:
        """Sends the request; a header that is ``None`` is left out."""
        asked: dict[str, str | None] = {**self.good, **{name.replace("_", "-"): changed[name] for name in changed}}
        headers = {name: value for name, value in asked.items() if value is not None}
        path = load_contract().path.format(id=order or self.fixtures.owned)
        return self.client.request(method, path, headers=headers)

    def post(self, path: str, body: object, **headers: str) -> httpx.Response:
        """Sends JSON to one of the session routes."""
        return self.client.post(path, json=body, headers=headers)


@pytest.fixture
def clock() -> Clock:
    """The server's clock."""
    return Clock()


@pytest.fixture
def ask(clock: Clock) -> Iterator[Asking]:
    """Somebody to ask a server of their own."""
    with running_server(store=Store(clock=clock)) as server, httpx.Client(base_url=server.base_url) as client:
        yield Asking(server, client)


def raw(server: Running, target: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Sends a request target that httpx would normalise."""
    connection = http.client.HTTPConnection(server.base_url.removeprefix("http://"))
    try:
        connection.putrequest("GET", target, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def codes(response: httpx.Response) -> list[str]:
    """The codes of an envelope."""
    return list(response.json()["errors"])


def test_answers_the_check_to_its_owner(ask: Asking) -> None:
    """The owner of an order gets its check, which no cache may keep."""
    response = ask()
    assert response.status_code == 200
    assert response.json()["name"] == "liveness"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"


def test_takes_a_client_token_in_place_of_the_key(ask: Asking) -> None:
    """Either client authorization opens the door."""
    assert ask(X_Api_Key=None, Authorization=f"Bearer {ask.fixtures.client_token}").status_code == 200


@pytest.mark.parametrize(
    ("order", "changed", "code"),
    [
        ("480377", {}, "ER150"),
        ("99120045", {}, "ER035"),
        ("12abc", {}, "ER034"),
        ("-1", {}, "ER034"),
        ("4.5", {}, "ER034"),
        ("%D9%A4%D9%A8", {}, "ER034"),
        ("480213%00", {}, "ER034"),
        ("480213%0A", {}, "ER034"),
        ("480213%2F", {}, "ER034"),
        ("9" * 5000, {}, "ER035"),
        (None, {"X_Api_Key": "no such key"}, "ER805"),
        (None, {"X_Api_Key": None}, "ER802"),
        (None, {"X_Api_Key": None, "Authorization": "Bearer none"}, "ER800"),
        (None, {"X_Api_Key": None, "Authorization": "Basic YTpi"}, "ER800"),
        (None, {"Authorization": "Bearer none"}, "ER803"),
        (None, {"User_Authorization": "Bearer none"}, "ER702"),
        (None, {"User_Authorization": ""}, "ER700"),
    ],
)
def test_tells_one_error(ask: Asking, order: str | None, changed: dict[str, str | None], code: str) -> None:
    """Each mistake has its code, in the catalogue's words, with status 400."""
    response = ask(order, **changed)
    row = load_contract().catalogue[code]
    assert response.status_code == 400
    assert response.json() == {
        "errors": {code: {"code": code, "message": row.message.value, "solution": row.solution.value}}
    }


def test_expired_client_token(ask: Asking) -> None:
    """The profile's expired token is told as expired."""
    response = ask(X_Api_Key=None, Authorization=f"Bearer {ask.fixtures.expired_client_token}")
    assert codes(response) == ["ER801"]


def test_credentials_come_before_the_order(ask: Asking) -> None:
    """Who is not authenticated learns nothing about an order."""
    assert codes(ask("99120045", User_Authorization="Bearer none")) == ["ER702"]


@pytest.mark.parametrize("segment", ["", "..", "a/b", "%2e%2e", "480213;x", "480213%2f..", "%"])
def test_judges_the_path_as_it_was_sent(ask: Asking, segment: str) -> None:
    """Nothing between the socket and the rules decodes or tidies the path."""
    status, body = raw(ask.server, load_contract().path.format(id=segment), ask.good)
    if "/" in segment:
        assert status == 404
    else:
        assert list(json.loads(body)["errors"]) == ["ER034" if segment else "ER033"]


def test_percent_encoded_digits_are_digits(ask: Asking) -> None:
    """RFC 3986, 6.2.2.2: an encoded unreserved character is the same URI."""
    assert ask("%34%380213").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_refuses_other_methods(ask: Asking, method: str) -> None:
    """405 says what is allowed."""
    response = ask(method=method)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD"


def test_head_is_get_without_a_body(ask: Asking) -> None:
    """HEAD answers with the same status and headers."""
    response = ask(method="HEAD")
    assert (response.status_code, response.content) == (200, b"")
    assert int(response.headers["content-length"]) > 0


def test_check_settles_after_some_polls(ask: Asking) -> None:
    """The check goes from missing over pending to settled, look by look."""
    seen = [ask().json()["status"] for _ in range(7)]
    assert seen == ["missing", "pending", "pending", "pending", "pending", "approved", "approved"]


def test_check_settles_by_the_clock(ask: Asking, clock: Clock) -> None:
    """Somebody who looks rarely finds it settled, too."""
    assert ask().json()["status"] == "missing"
    clock.now += 61
    assert ask().json()["status"] == "approved"


def test_tokens_expire_by_the_clock(ask: Asking, clock: Clock) -> None:
    """After an hour a client token is expired, and a user token is invalid."""
    token = f"Bearer {ask.fixtures.client_token}"
    clock.now += TOKEN_LIFETIME - 1
    assert ask(X_Api_Key=None, Authorization=token).status_code == 200
    clock.now += 1
    assert codes(ask(X_Api_Key=None, Authorization=token)) == ["ER801"]
    assert codes(ask()) == ["ER702"]


@pytest.mark.parametrize(("code", "order"), Fixtures().provoking().items())
def test_orders_that_provoke_a_code(ask: Asking, code: str, order: str) -> None:
    """Like a payment provider's test cards, an order's number says what it answers."""
    assert codes(ask(order)) == [code]


def test_authenticate_and_refresh(ask: Asking, clock: Clock) -> None:
    """Name and password give a client token; a refresh token gives the next pair, once."""
    login = {"username": ask.fixtures.username, "password": ask.fixtures.password}
    pair = ask.post("/api/v1/authenticate", login).json()
    clock.now += TOKEN_LIFETIME
    assert codes(ask(X_Api_Key=None, Authorization=f"Bearer {pair['token']}")) == ["ER801"]
    login = {"email": ask.fixtures.email, "password": ask.fixtures.password}
    ask.good["User-Authorization"] = f"Bearer {ask.post('/api/v1/user/login', login).json()['token']}"
    again = ask.post("/api/v1/refresh", {"refreshToken": pair["refreshToken"]}).json()
    assert ask(X_Api_Key=None, Authorization=f"Bearer {again['token']}").status_code == 200
    assert codes(ask.post("/api/v1/refresh", {"refreshToken": pair["refreshToken"]})) == ["ER038"]


def test_refresh_tokens_live_a_month(ask: Asking, clock: Clock) -> None:
    """A refresh token that is older than a month is refused."""
    login = {"username": ask.fixtures.username, "password": ask.fixtures.password}
    pair = ask.post("/api/v1/authenticate", login).json()
    clock.now += REFRESH_LIFETIME
    assert codes(ask.post("/api/v1/refresh", {"refreshToken": pair["refreshToken"]})) == ["ER038"]


@pytest.mark.parametrize("field", ["email", "emailAddress"])
def test_log_in_and_out(ask: Asking, field: str) -> None:
    """A user token opens the user's orders until the user logs out."""
    login = {field: ask.fixtures.email, "password": ask.fixtures.password}
    answer = ask.post("/api/v1/user/login", login).json()
    assert set(answer) == {"token", "refreshToken", "identifier"}
    authorization = f"Bearer {answer['token']}"
    assert ask(User_Authorization=authorization).status_code == 200
    assert ask.post("/api/v1/user/logout", None, **{"User-Authorization": authorization}).status_code == 204
    assert codes(ask(User_Authorization=authorization)) == ["ER702"]


@pytest.mark.parametrize(
    "body",
    [None, [], "x", {}, {"username": 1}, {"username": "ada@example.com", "password": ""}, {"refreshToken": None}],
)
@pytest.mark.parametrize("path", ["/api/v1/authenticate", "/api/v1/refresh", "/api/v1/user/login"])
def test_refuses_bad_credentials(ask: Asking, path: str, body: object) -> None:
    """Whatever is sent instead of credentials is refused with the vendor's ER038."""
    assert codes(ask.post(path, body)) == ["ER038"]


def test_logout_needs_a_user(ask: Asking) -> None:
    """Nobody can be logged out."""
    assert codes(ask.post("/api/v1/user/logout", None)) == ["ER700"]


def test_partner_cannot_log_in_as_a_customer(ask: Asking) -> None:
    """One account's kind never stands in for the other's."""
    partner = {"email": ask.fixtures.username, "password": ask.fixtures.password}
    customer = {"username": ask.fixtures.email, "password": ask.fixtures.password}
    assert codes(ask.post("/api/v1/user/login", partner)) == ["ER038"]
    assert codes(ask.post("/api/v1/authenticate", customer)) == ["ER038"]


def test_session_routes_take_post_alone(ask: Asking) -> None:
    """405 says so; other paths are 404."""
    assert ask.client.get("/api/v1/authenticate").headers["allow"] == "POST"
    assert ask.client.get("/").status_code == 404


def test_fixtures_are_stable_and_distinct() -> None:
    """A seed makes the same secrets each time, other seeds make others, and no two are alike."""
    first, again, other = Fixtures(seed=1), Fixtures(seed=1), Fixtures(seed=2)
    secrets = [getattr(first, name) for name in SECRETS]
    assert secrets == [getattr(again, name) for name in SECRETS]
    assert not set(secrets) & {getattr(other, name) for name in SECRETS}
    assert len(set(secrets)) == len(secrets)


def test_secrets_stay_out_of_a_repr(ask: Asking) -> None:
    """Neither the fixtures nor the store nor a running server shows a secret."""
    shown = f"{ask.fixtures!r}{ask.server!r}{ask.server.store!r}{list(ask.server.store.accounts.values())!r}"
    assert not [name for name in SECRETS if getattr(ask.fixtures, name) in shown]


def test_leaves_no_thread_behind() -> None:
    """Leaving the context ends the server's thread and frees its port."""
    with running_server() as server:
        port = int(server.base_url.rpartition(":")[2])
    assert "reference-server" not in {thread.name for thread in threading.enumerate()}
    bind("127.0.0.1", port).close()


def test_servers_do_not_share_state() -> None:
    """Two servers at once count their own polls."""
    with running_server() as one, running_server() as other:
        for server in (one, other):
            with httpx.Client(base_url=server.base_url) as client:
                assert Asking(server, client)().json()["status"] == "missing"


def test_says_that_it_did_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """What keeps the thread from serving is raised where the server is wanted, and its port is free again."""

    def broken(*_: object) -> None:
        raise OSError("no more sockets")

    monkeypatch.setattr("btcdirect_conformance.server.running.config", broken)
    with pytest.raises(RuntimeError, match="did not start: no more sockets"), running_server():
        pass
