"""Client tokens from a username and password: fetched once, renewed in time, and judged like any answer."""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from tests.client.twins import CHECK, USER_TOKEN, Time, Twin, always, envelope

from btcdirect import AsyncClient, Client, ClientCredentials, errors

OK: dict[str, Any] = {"status_code": 200, "json": CHECK}


class TokenServer:
    """Answers authenticate, refresh and liveness as the vendor's documentation says; tokens are numbered.

    It names no status for a success, so one that makes something is 201 here.
    """

    def __init__(self, *, refresh: httpx.Response | None = None, token: Any = None) -> None:
        self.refresh = refresh
        self.token = token
        self.calls: list[str] = []
        self.bodies: list[Any] = []
        self.valid = ""
        self.lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """The answer."""
        with self.lock:
            self.calls.append(request.url.path.rpartition("/")[2])
            if request.method == "GET":
                good = request.headers["Authorization"] == f"Bearer {self.valid}"
                return httpx.Response(**OK) if good else envelope("ER801")
            self.bodies.append(json.loads(request.content))
            if request.url.path == "/api/v1/refresh" and self.refresh is not None:
                return self.refresh
            self.valid = f"token-{len(self.bodies)}"
            token = self.valid if self.token is None else self.token
            assert request.headers["Content-Type"] == "application/json"
            return httpx.Response(201, json={"token": token, "refreshToken": f"refresh-{len(self.bodies)}"})


CREDENTIALS = ClientCredentials("partner", "the-password")


def calls(twin: Twin, server: TokenServer, *before: Callable[[Time], object]) -> list[str]:
    """The paths that one call after each of these events asks for, a first one before all."""
    time = Time()

    def blocking(client: Any) -> None:
        user = client.as_user(USER_TOKEN)
        user.get_liveness(1)
        for event in before:
            event(time)
            user.get_liveness(1)

    async def awaiting(client: Any) -> None:
        user = client.as_user(USER_TOKEN)
        await user.get_liveness(1)
        for event in before:
            event(time)
            await user.get_liveness(1)

    twin.run(awaiting if twin.is_async else blocking, server, authorization=CREDENTIALS, time=time)
    return server.calls


def test_credentials_fetch_a_token_and_keep_it(twin: Twin) -> None:
    """One authenticate for many calls."""
    server = TokenServer()
    assert calls(twin, server, lambda _: None) == ["authenticate", "liveness", "liveness"]
    assert server.bodies == [{"username": "partner", "password": "the-password"}]


def test_a_token_is_refreshed_before_it_expires(twin: Twin) -> None:
    """A minute before its hour is over, by the refresh token."""
    server = TokenServer()
    asked = calls(twin, server, lambda time: time.sleep(3600 - 60 - 1), lambda time: time.sleep(1.5))
    assert asked == ["authenticate", "liveness", "liveness", "refresh", "liveness"]
    assert server.bodies[1] == {"refreshToken": "refresh-1"}


def test_a_token_is_refreshed_after_er801(twin: Twin) -> None:
    """When the server's clock disagrees."""
    server = TokenServer()
    asked = calls(twin, server, lambda _: setattr(server, "valid", "another"))
    assert asked == ["authenticate", "liveness", "liveness", "refresh", "liveness"]


def test_a_refused_refresh_token_falls_back_to_the_password(twin: Twin) -> None:
    """A refresh token lives a month; the password is still there."""
    server = TokenServer(refresh=envelope("ER038", status=401))
    asked = calls(twin, server, lambda time: time.sleep(3600))
    assert asked == ["authenticate", "liveness", "refresh", "authenticate", "liveness"]


def test_wrong_credentials_raise_what_the_api_says(twin: Twin) -> None:
    """ER038 is not in this endpoint's catalogue."""
    with pytest.raises(errors.ApiError, match="ER038") as caught:
        twin.get(always(lambda: envelope("ER038", status=401)), authorization=CREDENTIALS)
    assert caught.value.request is not None
    assert caught.value.request.url.endswith("/api/v1/authenticate")


@pytest.mark.parametrize("token", ["", 5, "to\r\nken"])
def test_a_token_from_the_api_that_can_not_travel_is_an_invalid_response(twin: Twin, token: Any) -> None:
    """The server's fault, not the caller's."""
    with pytest.raises(errors.InvalidResponse, match="'token' is missing or no token"):
        twin.get(TokenServer(token=token), authorization=CREDENTIALS)


def test_a_lost_connection_while_fetching_a_token_is_a_transport_error(twin: Twin) -> None:
    """Like any other."""

    def handler(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("gone")

    with pytest.raises(errors.TransportError, match="gone"):
        twin.get(handler, authorization=CREDENTIALS, max_retries=0)


@pytest.mark.parametrize("refresh", [{}, {"refreshToken": None}, {"refreshToken": ""}, {"refreshToken": 5}])
def test_an_answer_without_a_refresh_token_is_enough(twin: Twin, refresh: dict[str, Any]) -> None:
    """The next token is then had by the password."""

    class NoRefresh(TokenServer):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            response = super().__call__(request)
            return response if request.method == "GET" else httpx.Response(200, json={"token": self.valid, **refresh})

    asked = calls(twin, NoRefresh(), lambda time: time.sleep(3600))
    assert asked == ["authenticate", "liveness", "authenticate", "liveness"]


def test_many_threads_fetch_one_token() -> None:
    """Single flight: who comes second waits for the first."""
    server = TokenServer()
    with Client(CREDENTIALS, http_client=httpx.MockTransport(server)) as client, ThreadPoolExecutor(8) as pool:
        user = client.as_user(USER_TOKEN)
        checks = list(pool.map(user.get_liveness, range(40)))
    assert len(checks) == 40
    assert server.calls.count("authenticate") == 1


async def test_many_tasks_fetch_one_token() -> None:
    """Single flight: who comes second waits for the first."""
    server = TokenServer()

    async def handler(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return server(request)

    async with AsyncClient(CREDENTIALS, http_client=httpx.MockTransport(handler)) as client:
        user = client.as_user(USER_TOKEN)
        await asyncio.gather(*(user.get_liveness(order) for order in range(40)))
    assert server.calls.count("authenticate") == 1


def test_a_token_that_takes_too_long_is_a_timeout() -> None:
    """Waiting for another thread's turn counts against the call's own limit."""
    started, go_on = threading.Event(), threading.Event()

    def handler(request: httpx.Request) -> httpx.Response:
        started.set()
        go_on.wait()
        return TokenServer()(request)

    with (
        Client(CREDENTIALS, http_client=httpx.MockTransport(handler), timeout=30) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        user = client.as_user(USER_TOKEN)
        slow = pool.submit(user.get_liveness, 1)
        started.wait()
        with pytest.raises(errors.Timeout, match="the client token was not fetched in time"):
            user.get_liveness(1, timeout=0.01)
        go_on.set()
        with pytest.raises(errors.ClientTokenExpired):
            slow.result()


async def test_a_token_that_takes_a_task_too_long_is_a_timeout() -> None:
    """Waiting for another task's turn counts against the call's own limit; cancelling the first frees the turn."""
    started = asyncio.Event()

    async def handler(_: httpx.Request) -> httpx.Response:
        started.set()
        return await asyncio.Event().wait()  # type: ignore[return-value]

    async with AsyncClient(CREDENTIALS, http_client=httpx.MockTransport(handler), timeout=30) as client:
        user = client.as_user(USER_TOKEN)
        slow = asyncio.create_task(user.get_liveness(1))
        await started.wait()
        with pytest.raises(errors.Timeout, match="the client token was not fetched in time"):
            await user.get_liveness(1, timeout=0.01)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow


def test_credentials_are_refused_like_other_secrets() -> None:
    """What is no text or empty; but a password may hold any character."""
    for bad in (("", "p"), ("u", ""), (None, "p"), ("u", 5)):
        with pytest.raises((TypeError, ValueError)):
            ClientCredentials(*bad)  # type: ignore[arg-type]
    assert ClientCredentials("u", "pass wörd\n").password.reveal() == "pass wörd\n"
