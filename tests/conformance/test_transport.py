"""What goes over the wire, and what is made of whatever comes back: on real sockets."""

import asyncio
import gzip
import zlib

import pytest
from tests.conformance.helpers.raw import PATIENCE, answer, hangs_up, outcome, raw_server, request

from btcdirect_conformance.exchange import Fault, FaultKind, Response
from btcdirect_conformance.transport.sockets import MOST_RESENT, Origin, SocketTransport

SHORT = 0.1


@pytest.mark.parametrize(
    "target",
    [
        "/api/v2/buy/%zz/identification/liveness",
        "/api/v2/buy//identification/liveness",
        "/api/v2/buy/480213%2F1/identification/liveness",
        "/api/v2/buy/../identification/liveness",
        "/api/v2/buy/%D9%A3/identification/liveness?a=b%20c&&",
        "/api/v2/buy/<\">'|{}[]`^\\/identification/liveness",
        "*",
        "http://other.invalid/absolute",
    ],
)
async def test_target_as_written(target: str) -> None:
    """The request target reaches the server byte for byte."""
    async with raw_server(answer()) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        await transport.exchange(request(target), 1)
    assert server.heads[0].startswith(b"GET " + target.encode() + b" HTTP/1.1\r\n")


async def test_fields_as_written() -> None:
    """Header fields reach the server in their order and spelling, blanks at the end and double ones included."""
    fields = (("X-Api-Key", "a "), ("x-api-key", ""), ("AUTHORIZATION", "Bearer  b"))
    async with raw_server(answer()) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        await transport.exchange(request(headers=fields), 1)
    assert b"X-Api-Key: a \r\nx-api-key: \r\nAUTHORIZATION: Bearer  b\r\n" in server.heads[0]


async def test_own_fields() -> None:
    """Every request names its host, the suite and the run, and asks for codings that can be undone."""
    own = (("User-Agent", "suite/1"), ("X-Conformance-Run", "abc"))
    async with raw_server(answer()) as server, SocketTransport(server.base_url, own, PATIENCE) as transport:
        await transport.exchange(request(), 1)
    lines = server.heads[0].decode().split("\r\n")
    assert lines[1:4] == [
        f"Host: {server.base_url.removeprefix('http://')}",
        "User-Agent: suite/1",
        "X-Conformance-Run: abc",
    ]
    assert "Accept-Encoding: gzip, deflate" in lines
    assert "Accept: application/json" in lines


async def test_case_overrides_defaults() -> None:
    """What a case says of Accept is not said twice."""
    async with raw_server(answer()) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        await transport.exchange(request(headers=(("accept", "text/html"),)), 1)
    assert server.heads[0].lower().count(b"accept:") == 1


async def test_path_prefix() -> None:
    """A base URL with a path puts it before every target."""
    async with (
        raw_server(answer()) as server,
        SocketTransport(f"{server.base_url}/gateway", (), PATIENCE) as transport,
    ):
        await transport.exchange(request(), 1)
    assert server.heads[0].startswith(b"GET /gateway/api/v2/buy/")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_no_content_is_announced(method: str) -> None:
    """A method that could carry content says that it has none (RFC 9110, section 8.6)."""
    async with raw_server(answer()) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        await transport.exchange(request(method=method), 1)
    assert b"Content-Length: 0\r\n" in server.heads[0]


async def test_no_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies of the environment are not used."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert isinstance(await outcome(answer()), Response)


async def test_redirect_is_an_answer() -> None:
    """A redirect is not followed, and the secrets of the request stay where they were sent."""
    async with raw_server(answer()) as other:
        moved = answer(b"", b"Location: " + other.base_url.encode(), status=b"302 Found")
        found = await outcome(moved)
    assert found.status == 302
    assert other.heads == []


async def test_cookies_are_not_kept() -> None:
    """A cookie that one answer sets is not sent with the next request."""
    sets_one = answer(b"{}", b"Set-Cookie: a=b")
    async with raw_server(sets_one) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        await transport.exchange(request(), 1)
        await transport.exchange(request(), 2)
    assert b"cookie" not in server.heads[1].lower()


async def test_connection_is_kept() -> None:
    """Requests one after the other share a connection."""
    async with raw_server(answer()) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        for number in range(5):
            await transport.exchange(request(), number)
    assert server.connections == 1


@pytest.mark.parametrize(
    "data",
    [
        answer(b"{}", b"Connection: close"),
        answer(b"{}") + b"\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    ],
    ids=["close", "line end", "http-1.0"],
)
async def test_connection_is_not_kept(data: bytes) -> None:
    """After an answer that ends or spoils its connection, the next request gets a new one."""
    async with raw_server(data) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        answers = [(await transport.exchange(request(), number)).answer for number in range(2)]
    assert [isinstance(each, Response) and each.body for each in answers] == [b"{}", b"{}"]
    assert server.connections == 2


@pytest.mark.parametrize("surplus", [b"x", answer(b"{}"), b"\r\n\r\nx"])
async def test_what_follows_an_answer_is_no_http(surplus: bytes) -> None:
    """Bytes behind the announced end are a fault, and no answer to the next request."""
    data = answer(b"{}") + surplus
    async with raw_server(data) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        answers = [(await transport.exchange(request(), number)).answer for number in range(2)]
    for each in answers:
        assert isinstance(each, Fault)
        assert each.kind is FaultKind.PROTOCOL
        assert each.detail == f"{len(surplus)} bytes after the end of the answer"


async def test_stale_connection() -> None:
    """A request on a kept connection that the server had given up goes out again on a new one."""
    seen: list[bytes] = []

    async def every_second_hangs_up(head: bytes, writer: asyncio.StreamWriter) -> None:
        seen.append(head)
        if len(seen) == 2:
            writer.close()
        else:
            writer.write(answer())

    hangs_up_once = raw_server(every_second_hangs_up)
    async with hangs_up_once as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        exchanges = [await transport.exchange(request(), number) for number in range(2)]
    assert all(isinstance(each.answer, Response) for each in exchanges)
    assert [each.resent for each in exchanges] == [0, 1]
    assert server.connections == 2


async def test_timed_out_while_idle() -> None:
    """408 on a kept connection is about the time it was idle (RFC 9110, section 15.5.9): the request goes out again."""
    answers = iter([answer(), answer(b"", b"Connection: close", status=b"408 Request Timeout"), answer()])

    async def next_one(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(next(answers))

    async with raw_server(next_one) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        exchanges = [await transport.exchange(request(), number) for number in range(2)]
    assert [(each.answer.status, each.resent) for each in exchanges] == [(200, 0), (200, 1)]  # type: ignore[union-attr]
    assert server.connections == 2


async def test_timed_out_on_a_new_connection() -> None:
    """Where nothing was idle, 408 is the answer."""
    late = answer(b"", b"Connection: close", status=b"408 Request Timeout")
    async with raw_server(late) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        found = await transport.exchange(request(), 1)
    assert (found.answer.status, found.resent) == (408, 0)  # type: ignore[union-attr]


async def test_connections_are_not_kept_for_ever() -> None:
    """A server that closes kept connections has no such excuse on new ones, and gets nothing but these in the end."""
    seen: dict[asyncio.StreamWriter, int] = {}

    async def second_hangs_up(_: bytes, writer: asyncio.StreamWriter) -> None:
        seen[writer] = seen.get(writer, 0) + 1
        if seen[writer] == 2:
            writer.close()
        else:
            writer.write(answer())

    async with raw_server(second_hangs_up) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        exchanges = [await transport.exchange(request(), number) for number in range(10)]
    assert [each.resent for each in exchanges] == [0, *[1] * MOST_RESENT, *[0] * (9 - MOST_RESENT)]


async def test_body_until_the_end() -> None:
    """A body without a length ends with its connection."""
    found = await outcome(hangs_up(b"HTTP/1.1 200 OK\r\n\r\n{}"))
    assert isinstance(found, Response)
    assert found.body == b"{}"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (b"gzip", gzip.compress(b"plain")),
        (b"x-gzip", gzip.compress(b"plain")),
        (b"deflate", zlib.compress(b"plain")),
        (b"deflate", zlib.compress(b"plain", wbits=-15)),
        (b"identity", b"plain"),
        (b"gzip, gzip", gzip.compress(gzip.compress(b"plain"))),
        (b"gzip", gzip.compress(b"pl") + gzip.compress(b"ain")),
    ],
    ids=["gzip", "x-gzip", "zlib", "bare-deflate", "identity", "twice", "two-members"],
)
async def test_codings(name: bytes, body: bytes) -> None:
    """The codings that were asked for are undone."""
    found = await outcome(answer(body, b"Content-Encoding: " + name))
    assert isinstance(found, Response)
    assert found.body == b"plain"


async def test_empty_body_in_a_coding() -> None:
    """Nothing is in any coding."""
    assert isinstance(await outcome(answer(b"", b"Content-Encoding: gzip")), Response)


async def test_interim_responses() -> None:
    """Interim responses (1xx) are passed over."""
    found = await outcome(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer())
    assert found.status == 200


async def test_answers_without_content() -> None:
    """HEAD, 204 and 304 have no body, whatever length they announce."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    assert isinstance(await outcome(head, request(method="HEAD")), Response)
    for status in (b"204", b"304"):
        found = await outcome(b"HTTP/1.1 " + status + b" X\r\nContent-Length: 5\r\n\r\n")
        assert isinstance(found, Response)
        assert found.body == b""


async def test_elapsed_is_measured() -> None:
    """An exchange says how long it took and which it was."""
    async with raw_server(answer()) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        exchange = await transport.exchange(request(), 7)
    assert exchange.number == 7
    assert 0 < exchange.elapsed < PATIENCE


async def test_concurrent_exchanges() -> None:
    """Concurrent exchanges each get their own answer."""

    async def echo(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(head.split(b" ")[1]))

    async with raw_server(echo) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        targets = [f"/{number}" for number in range(20)]
        exchanges = await asyncio.gather(*(transport.exchange(request(target), 1) for target in targets))
    assert [exchange.answer.body.decode() for exchange in exchanges] == targets


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://host", "host"),
        ("http://host:80", "host"),
        ("https://host:443/", "host"),
        ("https://host:80", "host:80"),
        ("http://[::1]:8080/v", "[::1]:8080"),
    ],
)
def test_authority(url: str, authority: str) -> None:
    """Host leaves out the port that goes without saying."""
    assert Origin.of(url).authority == authority
