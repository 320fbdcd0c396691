"""Certificates, proxies, HTTP/2 and aiohttp."""

import asyncio
import contextlib
import json
import ssl
import sys
import threading
import time
from collections.abc import Generator
from concurrent.futures import Future
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import httpx
import pytest
import trustme
from attrs import frozen
from tests.client.raw_server import OK, Connection, Record, raw_server
from tests.client.twins import AIOHTTP, API_KEY, CHECK, TWINS, Twin

from btcdirect import ApiKey, AsyncClient, Client, errors
from btcdirect import network as network_module


@pytest.fixture(params=[*TWINS, AIOHTTP], ids=lambda twin: twin.name)
def twin(request: pytest.FixtureRequest) -> Twin:
    """Each way to do I/O in turn."""
    found: Twin = request.param
    return found


@frozen
class Certificates:
    """A certificate authority of the test's own, as files and as the server's context."""

    ca: str
    folder: str
    client: str
    client_key: str
    server: ssl.SSLContext


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """A new authority, a server's and a client's certificate of it."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued = authority.issue_cert("partner@client.test")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "client.pem")
    issued.private_key_pem.write_to_path(tmp_path / "client.key")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(server)
    return Certificates(
        str(tmp_path / "ca.pem"), str(tmp_path), str(tmp_path / "client.pem"), str(tmp_path / "client.key"), server
    )


class H2Connection(asyncio.Protocol):
    """One HTTP/2 connection; each request is answered with a check."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say hello."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._h2.initiate_connection()
        transport.write(self._h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        """Answer each request."""
        for event in self._h2.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                self._h2.send_headers(event.stream_id, [(":status", "200")])
                self._h2.send_data(event.stream_id, json.dumps(CHECK).encode(), end_stream=True)
        self.transport.write(self._h2.data_to_send())


@contextlib.contextmanager
def tls_server(context: ssl.SSLContext) -> Generator[tuple[str, Record]]:
    """Serve by TLS: HTTP/2 if the context offers it and the client wants it, HTTP/1.1 otherwise."""
    record = Record()
    started: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    class Chooser(Connection):
        def __init__(self) -> None:
            super().__init__(lambda connection, _: connection.transport.write(OK), record)

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            if transport.get_extra_info("ssl_object").selected_alpn_protocol() == "h2":
                record.heads.append(b"h2")
                protocol = H2Connection()
                self.transport.set_protocol(protocol)
                protocol.connection_made(transport)

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Chooser, "127.0.0.1", 0, ssl=context)
        stop = asyncio.Event()
        started.set_result((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), stop))
        async with server:
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    port, loop, stop = started.result()
    try:
        yield f"https://127.0.0.1:{port}", record
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def test_an_unknown_authority_is_refused(twin: Twin, certificates: Certificates) -> None:
    """By default certificates are checked."""
    with tls_server(certificates.server) as (url, _), pytest.raises(errors.TransportError, match=r"(?i)certificate"):
        twin.get(base_url=url, max_retries=0)


def test_an_authority_of_ones_own_is_trusted(twin: Twin, certificates: Certificates) -> None:
    """By the path of its file, or in a context."""
    with tls_server(certificates.server) as (url, _):
        context = ssl.create_default_context(cafile=certificates.ca)
        for verify in (certificates.ca, context):
            assert twin.get(base_url=url, verify=verify).status == "pending"


def test_a_folder_of_authorities_is_a_path_too(certificates: Certificates) -> None:
    """As OpenSSL lays them out (an empty one trusts nobody)."""
    with tls_server(certificates.server) as (url, _), pytest.raises(errors.TransportError):
        TWINS[0].get(base_url=url, verify=certificates.folder, max_retries=0)


def test_checking_can_be_turned_off(twin: Twin, certificates: Certificates) -> None:
    """For a staging server without a name."""
    with tls_server(certificates.server) as (url, _):
        assert twin.get(base_url=url, verify=False).status == "pending"


def test_a_client_certificate_is_shown_to_who_asks(twin: Twin, certificates: Certificates) -> None:
    """mTLS, with the key in a file of its own or in the same."""
    certificates.server.verify_mode = ssl.CERT_REQUIRED
    with tls_server(certificates.server) as (url, _):
        for cert in ((certificates.client, certificates.client_key), f"{certificates.folder}/both.pem"):
            assert twin.get(base_url=url, verify=certificates.ca, cert=cert).status == "pending"
        with pytest.raises(errors.BtcDirectError):
            twin.get(base_url=url, verify=certificates.ca, max_retries=0)
    assert Client(ApiKey(API_KEY), cert=certificates.folder + "/both.pem")


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.name)
def test_http_2_is_spoken_where_both_want_it(twin: Twin, certificates: Certificates) -> None:
    """And HTTP/1.1 with who does not."""
    with tls_server(certificates.server) as (url, record):
        assert twin.get(base_url=url, verify=certificates.ca, http2=True).status == "pending"
    assert record.heads[0].startswith(b"GET ")
    certificates.server.set_alpn_protocols(["h2", "http/1.1"])
    with tls_server(certificates.server) as (url, record):
        assert twin.get(base_url=url, verify=certificates.ca, http2=True).status == "pending"
        assert record.heads == [b"h2"]
        assert twin.get(base_url=url, verify=certificates.ca).status == "pending"
    assert record.heads[1].startswith(b"GET ")


async def test_awaited_calls_share_an_http_2_connection(certificates: Certificates) -> None:
    """That is what it is for."""
    certificates.server.set_alpn_protocols(["h2"])
    with tls_server(certificates.server) as (url, record):
        async with AsyncClient(ApiKey(API_KEY), base_url=url, verify=certificates.ca, http2=True) as client:
            user = client.as_user("user-token")
            await user.get_liveness(0)
            checks = await asyncio.gather(*(user.get_liveness(order) for order in range(50)))
    assert len(checks) == 50
    assert record.connections == 1


def test_extras_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs them."""
    monkeypatch.setattr(network_module, "find_spec", lambda _: None)
    with pytest.raises(ImportError, match=r"pip install 'btcdirect-client\[http2\]'"):
        Client(ApiKey(API_KEY), http2=True)
    with pytest.raises(ImportError, match=r"pip install 'httpx\[socks\]'"):
        Client(ApiKey(API_KEY), proxy="socks5://127.0.0.1")
    monkeypatch.setitem(sys.modules, "httpx_aiohttp", None)
    with pytest.raises(ImportError, match=r"pip install 'btcdirect-client\[aiohttp\]'"):
        AsyncClient(ApiKey(API_KEY), backend="aiohttp")


def test_a_backend_is_one_of_two() -> None:
    """And aiohttp has no HTTP/2."""
    with pytest.raises(ValueError, match="backend must be 'httpx' or 'aiohttp'"):
        AsyncClient(ApiKey(API_KEY), backend="requests")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="backend='aiohttp' has no HTTP/2"):
        AsyncClient(ApiKey(API_KEY), backend="aiohttp", http2=True)
    with pytest.raises(TypeError, match="backend has no effect beside http_client"):
        AsyncClient(ApiKey(API_KEY), backend="aiohttp", http_client=httpx.MockTransport(lambda _: httpx.Response(200)))


def test_a_proxy_is_asked(twin: Twin) -> None:
    """With the whole URL, as proxies are."""
    with raw_server(OK) as (url, record):
        assert twin.get(base_url="http://api.test", proxy=url).status == "pending"
    assert record.heads[0].startswith(b"GET http://api.test/api/v2/buy/480213/")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_the_environments_proxy_is_asked(
    twin: Twin, monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    """As by httpx."""
    with raw_server(OK) as (url, record):
        monkeypatch.setenv(variable, url.replace("http://", scheme))
        assert twin.get(base_url="http://api.test").status == "pending"
    assert record.heads[0].startswith(b"GET http://api.test/")


def test_the_environments_proxy_can_be_passed_by(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a host by NO_PROXY, for a client by trust_env."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with raw_server(OK) as (url, _):
        assert twin.get(base_url=url, trust_env=False).status == "pending"
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert twin.get(base_url=url).status == "pending"


def test_a_second_client_is_made_in_no_time() -> None:
    """The TLS context is made once; a client takes far under a millisecond (the bound allows for a busy machine)."""
    Client(ApiKey(API_KEY)).close()
    fastest = 1.0
    for _ in range(20):
        started = time.process_time()
        Client(ApiKey(API_KEY)).close()
        fastest = min(fastest, time.process_time() - started)
    assert fastest < 0.001


def test_the_default_context_is_shared_and_follows_the_environment(
    monkeypatch: pytest.MonkeyPatch, certificates: Certificates
) -> None:
    """SSL_CERT_FILE is read when the first connection is made."""

    def context() -> ssl.SSLContext:
        return network_module.network_from(
            "https://a", verify=True, cert=None, http2=False, proxy=None, trust_env=True, max_connections=1
        ).context

    first = context()
    assert context() is first
    monkeypatch.setenv("SSL_CERT_FILE", certificates.ca)
    assert context() is not first
    assert len(context().get_ca_certs()) == 1


def test_a_socks_proxy_is_accepted_where_its_package_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Httpx does the rest."""
    monkeypatch.setattr(network_module, "find_spec", lambda _: object())
    Client(ApiKey(API_KEY), proxy="socks5://127.0.0.1").close()
