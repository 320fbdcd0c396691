"""What a network does to a call: real sockets, real garbage, real limits."""

import asyncio
import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.client.raw_server import OK, Connection, raw_server
from tests.client.twins import AIOHTTP, API_KEY, TWINS, USER_TOKEN, Twin, success

from btcdirect import ApiKey, AsyncClient, Client, LivenessCheck, errors

SOON = 20.0
"""Seconds within which a limit of a fraction of a second has surely ended a call, on the busiest machine."""


@pytest.fixture(params=[*TWINS, AIOHTTP], ids=lambda twin: twin.name)
def twin(request: pytest.FixtureRequest) -> Twin:
    """Each way to do I/O in turn."""
    found: Twin = request.param
    return found


def ask(twin: Twin, url: str, **options: Any) -> Any:
    """One call without retries."""
    return twin.get(base_url=url, **{"max_retries": 0, **options})


def test_a_call_goes_over_a_real_socket(twin: Twin) -> None:
    """The bytes are a request that any server understands."""
    with raw_server(OK) as (url, record):
        assert ask(twin, url).status == "pending"
    head = record.heads[0].decode().lower()
    assert head.startswith("get /api/v2/buy/480213/identification/liveness http/1.1\r\n")
    assert "\r\nhost: 127.0.0.1:" in head
    assert "transfer-encoding" not in head
    assert "content-length" not in head


def forever(first: bytes, then: bytes) -> Iterator[bytes]:
    """Bytes without end."""
    return itertools.chain([first], itertools.repeat(then))


@pytest.mark.parametrize(
    "pieces",
    [
        lambda: forever(b"HTTP/1.1 200 OK\r\nX: ", b"x"),
        lambda: forever(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" "),
        lambda: forever(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=["headers", "body", "chunks"],
)
def test_a_dripping_server_is_cut_off_at_the_limit(twin: Twin, pieces: Any) -> None:
    """The limit is on the whole exchange, not on each read."""
    with raw_server(lambda connection, _: connection.drip(pieces())) as (url, _):
        started = time.monotonic()
        with pytest.raises(errors.Timeout):
            ask(twin, url, timeout=0.3)
        assert time.monotonic() - started < SOON


def test_a_silent_server_is_a_timeout(twin: Twin) -> None:
    """Of the read limit."""
    with raw_server(lambda *_: None) as (url, _), pytest.raises(errors.Timeout):
        ask(twin, url, timeout=0.2)


def test_a_read_limit_of_its_own_is_kept(twin: Twin) -> None:
    """An httpx.Timeout limits the steps."""
    with raw_server(lambda *_: None) as (url, _), pytest.raises(errors.Timeout):
        ask(twin, url, timeout=httpx.Timeout(5, read=0.1))


def test_a_refused_connection_is_a_transport_error(twin: Twin) -> None:
    """With the reason in words."""
    with raw_server(OK) as (url, _):
        pass
    with pytest.raises(errors.TransportError):
        ask(twin, url)


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-", OK[:-5], b"SSH-2.0-OpenSSH_9\r\n", b"\x00" * 50]
)
def test_a_cut_or_foreign_answer_is_a_transport_error(twin: Twin, answer: bytes) -> None:
    """A lost connection is none of slowness."""
    with raw_server(answer, close=True) as (url, _), pytest.raises(errors.TransportError):
        ask(twin, url)


def test_a_reset_is_a_transport_error(twin: Twin) -> None:
    """Whoever pulled the plug."""
    with (
        raw_server(lambda connection, _: connection.transport.abort()) as (url, _),
        pytest.raises(errors.TransportError),
    ):
        ask(twin, url)


def test_a_lost_connection_is_tried_again(twin: Twin) -> None:
    """On a new one."""
    replies = iter([lambda c: c.transport.abort(), lambda c: c.transport.write(OK)])
    with raw_server(lambda connection, _: next(replies)(connection)) as (url, record):
        assert twin.get(base_url=url).status == "pending"
    assert record.connections == 2


def test_reading_stops_at_a_bounded_size(twin: Twin) -> None:
    """A body without end is no answer."""
    pieces = forever(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", b" " * 100_000)
    with (
        raw_server(lambda connection, _: connection.drip(pieces, interval=0)) as (url, _),
        pytest.raises(errors.InvalidResponse, match="larger than 1048576 bytes"),
    ):
        ask(twin, url, timeout=SOON)


def test_a_redirect_sends_nothing_to_the_other_host(twin: Twin) -> None:
    """Credentials least of all."""
    with raw_server(OK) as (other, elsewhere):
        answer = f"HTTP/1.1 302 Found\r\nLocation: {other}/\r\nContent-Length: 0\r\n\r\n".encode()
        with raw_server(answer) as (url, _), pytest.raises(errors.InvalidResponse, match="redirect"):
            ask(twin, url)
    assert elsewhere.connections == 0


PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 404 Not Found\r\n",
        b"HTTP/1.0 999 \r\n",
        b"HTTP/2 200\r\n",
        b"Content-Length: 2\r\n",
        b"Content-Length: -1\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Location: http://[\r\n",
        b"Set-Cookie: a=b\r\n",
        b"X: \xff\x00\r\n",
        b"\r\n",
        b"{}",
        b'{"name":"n","status":"s"}',
        b"5\r\nhello\r\n0\r\n\r\n",
    ]
)


@pytest.mark.parametrize("twin", [*TWINS, AIOHTTP], ids=lambda twin: twin.name)
@given(garbage=st.lists(PIECES | st.binary(max_size=40), max_size=8).map(b"".join))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_on_the_wire_give_a_value_or_a_btcdirect_error(twin: Twin, garbage: bytes) -> None:
    """Whatever a server sends before it hangs up."""
    with raw_server(garbage, close=True) as (url, _):
        try:
            check = ask(twin, url, timeout=SOON)
        except errors.BtcDirectError:
            return
    assert isinstance(check, LivenessCheck)


def many(twin: Twin, url: str, count: int, **options: Any) -> list[Any]:
    """So many calls at once."""

    def blocking(client: Any) -> list[Any]:
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(client.as_user(USER_TOKEN).get_liveness, range(count)))

    async def awaiting(client: Any) -> list[Any]:
        user = client.as_user(USER_TOKEN)
        return await asyncio.gather(*(user.get_liveness(order) for order in range(count)))

    found: list[Any] = twin.run(awaiting if twin.is_async else blocking, base_url=url, timeout=SOON, **options)
    return found


def test_a_connection_serves_one_call_after_the_other(twin: Twin) -> None:
    """It stays open between them."""
    with raw_server(OK) as (url, record):
        many(twin, url, 10, max_connections=1)
    assert record.connections == 1
    assert len(record.heads) == 10


def test_a_burst_opens_no_more_connections_than_allowed(twin: Twin) -> None:
    """The rest waits, and each is served."""
    with raw_server(OK) as (url, record):
        assert len(many(twin, url, 60, max_connections=4)) == 60
    assert record.connections <= 4


def test_a_connection_that_the_server_closed_is_replaced(twin: Twin) -> None:
    """Without an error that a caller sees."""
    with raw_server(OK, close=True) as (url, record):
        assert len(many(twin, url, 3, max_connections=1)) == 3
    assert record.connections >= 3


def test_waiting_for_a_connection_is_bounded() -> None:
    """All are taken by calls that hang."""
    with (
        raw_server(lambda *_: None) as (url, record),
        Client(ApiKey(API_KEY), base_url=url, timeout=SOON, max_connections=1, max_retries=0) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        user = client.as_user(USER_TOKEN)
        slow = pool.submit(user.get_liveness, 1, timeout=1.0)
        while not record.heads:
            pass
        with pytest.raises(errors.Timeout, match="no connection became free in time"):
            user.get_liveness(2, timeout=0.05)
        with pytest.raises(errors.Timeout):
            slow.result()


def test_a_closed_client_says_so(twin: Twin) -> None:
    """And not that it can't reach the server."""
    kept: list[Any] = []
    twin.run(lambda client: kept.append(client.as_user(USER_TOKEN)), success)
    user = kept[0]
    with pytest.raises(errors.ClientClosed, match="the client is closed"):
        asyncio.run(user.get_liveness(1)) if twin.is_async else user.get_liveness(1)


def test_closing_during_a_call_closes_its_connection_afterwards() -> None:
    """No socket is left behind (an open one would fail this test)."""
    clients: list[Client] = []

    def reply(connection: Connection, _: bytes) -> None:
        clients[0].close()
        connection.transport.write(OK)

    with raw_server(reply) as (url, _):
        clients.append(Client(ApiKey(API_KEY), base_url=url))
        assert clients[0].as_user(USER_TOKEN).get_liveness(1).status == "pending"


async def test_closing_during_an_awaited_call_closes_its_connection_afterwards() -> None:
    """No socket is left behind (an open one would fail this test)."""
    arrived = asyncio.Event()
    loop = asyncio.get_running_loop()

    def reply(connection: Connection, _: bytes) -> None:
        loop.call_soon_threadsafe(arrived.set)
        connection.drip(iter([b"", OK]))

    with raw_server(reply) as (url, _):
        client = AsyncClient(ApiKey(API_KEY), base_url=url)
        task = asyncio.create_task(client.as_user(USER_TOKEN).get_liveness(1))
        await arrived.wait()
        await client.close()
        assert (await task).status == "pending"


@pytest.mark.parametrize("backend", ["httpx", "aiohttp"])
async def test_a_cancelled_call_leaves_the_client_usable(backend: Any) -> None:
    """CancelledError passes through; the connection it used is not handed on half read."""
    arrived = asyncio.Event()
    loop = asyncio.get_running_loop()
    replies = iter([lambda _: loop.call_soon_threadsafe(arrived.set), lambda c: c.transport.write(OK)])
    with raw_server(lambda connection, _: next(replies)(connection)) as (url, record):
        async with AsyncClient(ApiKey(API_KEY), base_url=url, backend=backend, max_connections=1) as client:
            user = client.as_user(USER_TOKEN)
            task = asyncio.create_task(user.get_liveness(1))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await user.get_liveness(2)).status == "pending"
    assert record.connections == 2


def test_an_interrupt_passes_through_and_leaves_the_client_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    """KeyboardInterrupt is nobody's error to wrap."""

    def interrupted(*_: object) -> httpx.Response:
        raise KeyboardInterrupt

    with raw_server(OK) as (url, _), Client(ApiKey(API_KEY), base_url=url, max_connections=1) as client:
        user = client.as_user(USER_TOKEN)
        with monkeypatch.context() as patch:
            patch.setattr(httpx.HTTPTransport, "handle_request", interrupted)
            with pytest.raises(KeyboardInterrupt):
                user.get_liveness(1)
        assert user.get_liveness(1).status == "pending"


def test_a_cookie_does_not_travel_with_the_next_request(twin: Twin) -> None:
    """Aiohttp would keep it by default."""
    with raw_server(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: session=a; Path=/\r\n\r\n")) as (url, record):
        many(twin, url, 2, max_connections=1)
    assert not any(b"cookie" in head.lower() for head in record.heads)


def test_the_users_own_client_stays_open() -> None:
    """Who opened it closes it."""
    own = httpx.Client(transport=httpx.MockTransport(success))
    with Client(ApiKey(API_KEY), http_client=own) as client:
        client.as_user(USER_TOKEN).get_liveness(1)
    assert not own.is_closed
    own.close()


def test_the_users_own_transport_is_bounded_between_pieces() -> None:
    """As well as can be without a hand on its socket."""
    pieces = forever(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" ")
    with (
        raw_server(lambda connection, _: connection.drip(pieces)) as (url, _),
        httpx.HTTPTransport() as own,
        pytest.raises(errors.Timeout, match="took too long as a whole"),
    ):
        ask(TWINS[0], url, http_client=own, timeout=0.3)
