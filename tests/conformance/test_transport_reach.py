"""Whether there is a server at all, and a line that says why not."""

import ssl

import pytest
import trustme
from tests.conformance.helpers.raw import PATIENCE, answer, hangs_up, raw_server, request

from btcdirect_conformance.exchange import Fault, FaultKind, Response
from btcdirect_conformance.transport.sockets import SocketTransport, Unreachable


async def test_refused_is_unreachable(unused_tcp_port: int) -> None:
    """Where nothing listens, one line says so."""
    async with SocketTransport(f"http://127.0.0.1:{unused_tcp_port}", (), PATIENCE) as transport:
        with pytest.raises(Unreachable, match="connection refused") as caught:
            await transport.reach()
    assert "\n" not in str(caught.value)


async def test_refused_within_a_run(unused_tcp_port: int) -> None:
    """A server that has gone away is a fault of the exchange."""
    async with SocketTransport(f"http://127.0.0.1:{unused_tcp_port}", (), PATIENCE) as transport:
        found = (await transport.exchange(request(), 1)).answer
    assert isinstance(found, Fault)
    assert found.kind is FaultKind.CONNECTION


async def test_wrong_host_is_unreachable() -> None:
    """A host that does not exist is named."""
    async with SocketTransport("http://no-such-host.invalid", (), PATIENCE) as transport:
        with pytest.raises(Unreachable, match=r"no such host: no-such-host\.invalid"):
            await transport.reach()


async def test_untrusted_certificate_is_unreachable() -> None:
    """A certificate of an authority that nobody knows is refused, with the reason."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with raw_server(answer(), context) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        with pytest.raises(Unreachable, match="does not verify"):
            await transport.reach()
    assert server.heads == []


async def test_own_authority(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SSL_CERT_FILE adds a private authority, and the exchange works over TLS."""
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    async with raw_server(answer(), context) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        await transport.reach()
        answers = [(await transport.exchange(request(), number)).answer for number in range(2)]
    assert all(isinstance(each, Response) for each in answers)
    assert server.connections == 1


async def test_plain_server_for_https() -> None:
    """A base URL with https where plain HTTP is spoken is a failure of TLS, said in one line."""
    async with raw_server(hangs_up(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        url = server.base_url.replace("http:", "https:")
        async with SocketTransport(url, (), PATIENCE) as transport:
            with pytest.raises(Unreachable, match="cannot reach"):
                await transport.reach()
