"""Runs the reference server: on a thread of its own for tests and for ``run`` without a target, or in front."""

import asyncio
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

import uvicorn
from attrs import field, frozen
from starlette.types import ASGIApp

from .app import Injection, build_app
from .fixtures import Fixtures
from .flavour import Flavour
from .rules import Rules
from .store import Store
from .wire import Front, WireFault

HOST = "127.0.0.1"


@frozen
class Running:
    """A server that answers, and what it was born with."""

    base_url: str
    fixtures: Fixtures
    store: Store = field(repr=False)

    @property
    def profile(self) -> str:
        """A profile that fits it, as TOML."""
        return self.fixtures.profile(self.base_url)


@contextmanager
def running_server(
    flavour: Flavour | None = None, *, store: Store | None = None, injection: Injection | None = None
) -> Generator[Running, None, None]:
    """The reference server on a free port of 127.0.0.1, from entering to leaving.

    Args:
        flavour: What it does wrong, or differently; nothing by default.
        store: Its state, with a test's own clock or fixtures.
        injection: Delays, failures and CORS.

    Raises:
        RuntimeError: It did not start.
    """
    store = Store() if store is None else store
    app = compose(flavour, store, injection)
    with bind(HOST, 0) as listener:
        base_url = url(listener)
        serving = _Serving(listener, app, None if flavour is None else flavour.wire)
        thread = threading.Thread(target=serving.run, name="reference-server", daemon=True)
        thread.start()
        serving.ready.wait()
        try:
            if serving.error is not None:
                raise RuntimeError(f"the reference server did not start: {serving.error}") from serving.error
            yield Running(base_url, store.fixtures, store)
        finally:
            serving.stop()
            thread.join()


def serve_here(listener: socket.socket, flavour: Flavour | None, store: Store, injection: Injection) -> None:
    """Serve on this thread until a signal ends it; SIGINT and SIGTERM are the ordinary ways to.

    Raises:
        RuntimeError: It could not serve.
    """
    serving = _Serving(listener, compose(flavour, store, injection), None if flavour is None else flavour.wire)
    serving.run()
    if serving.error is not None and not isinstance(serving.error, KeyboardInterrupt):
        raise RuntimeError(f"the reference server broke: {serving.error}") from serving.error


def compose(flavour: Flavour | None, store: Store, injection: Injection | None = None) -> ASGIApp:
    """The application that is wrong in that way, or the clean one."""
    return build_app((Rules if flavour is None else flavour.rules)(store), injection)


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 for any free one.

    Raises:
        OSError: The port is taken, or the host isn't this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=2048)
    # What is accepted inherits it. asyncio sets it only on sockets that name their protocol, which these don't, and
    # without it every body waits 40 ms for the acknowledgement of its head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def url(listener: socket.socket) -> str:
    """The base URL of what listens there."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Uvicorn, which stops when told to and not at its next tick."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self.ready = ready
        self.stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Uvicorn gives connections a tenth of a second to end, also where there are none.
        if self.server_state.connections:
            await super().shutdown(sockets)
            return
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()

    async def main_loop(self) -> None:
        ticks = 0
        while not await self.on_tick(ticks) and not self.stopping.is_set():
            ticks = (ticks + 1) % 864_000
            try:
                await asyncio.wait_for(self.stopping.wait(), 0.1)
            except TimeoutError:
                continue


class _Serving:
    """A server in an event loop of its own."""

    def __init__(self, listener: socket.socket, app: ASGIApp, wire: WireFault | None) -> None:
        self.ready = threading.Event()
        self.error: BaseException | None = None
        self._listener = listener
        self._app = app
        self._wire = wire
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: _Server | None = None

    def run(self) -> None:
        """Serve until told to stop."""
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self.error = error
        finally:
            self.ready.set()

    def stop(self) -> None:
        """Stop, from any thread."""
        if self._loop is not None and self._server is not None:
            with suppress(RuntimeError):  # it has ended by itself
                self._loop.call_soon_threadsafe(self._server.stopping.set)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = _Server(config(self._app), self.ready)
        if self._wire is None:
            await self._server.serve([self._listener])
            return
        behind = bind(HOST, 0)
        async with Front(self._wire, behind.getsockname()).serve(self._listener):
            await self._server.serve([behind])


def config(app: ASGIApp) -> uvicorn.Config:
    """How uvicorn serves it: HTTP alone, quietly, with the parser that hands on the path as it was sent."""
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
