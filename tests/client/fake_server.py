"""The fake API behind a real socket on loopback, for what needs one: other processes, and the conformance suite."""

import contextlib
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from btcdirect.testing import FakeApi


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    api: FakeApi

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = httpx.URL("http://fake.test").copy_with(raw_path=self.path.encode("latin-1"))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        request = httpx.Request(self.command, url, headers=headers, content=content)
        try:
            response = self.api.handle_request(request)
        except httpx.TransportError:
            # What the fake raises in a process is a lost connection here.
            self.close_connection = True
            return
        self.send_response_only(response.status_code)
        # httpx leaves it out where there is no content.
        for name, value in {"content-length": "0", **response.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Nothing: the requests can be asked of the fake."""


@contextlib.contextmanager
def serving_fake(api: FakeApi) -> Generator[str]:
    """Serve the fake on a free port; yields its base URL."""
    handler = type("Handler", (_Handler,), {"api": api})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
