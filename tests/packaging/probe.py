"""Uses installed or vendored clients, given by their import paths, on a stub. Needs nothing but the client."""

import asyncio
import importlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class Stub(BaseHTTPRequestHandler):
    """One order that is pending; any other is unknown."""

    def do_GET(self) -> None:
        """Answer."""
        known = self.path == "/api/v2/buy/480213/identification/liveness"
        error = {
            "code": "ER035",
            "message": "An order with the supplied id was not found.",
            "solution": "Supply a valid order id.",
        }
        answer = {"name": "liveness", "status": "pending"} if known else {"errors": {"ER035": error}}
        body = json.dumps(answer).encode()
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def probe(name: str, base_url: str) -> None:
    """Ask once, sync and async, and meet a typed error."""
    package = importlib.import_module(name)
    errors = importlib.import_module(f"{name}.errors")
    with package.Client(package.ApiKey("key"), base_url=base_url) as client:
        user = client.as_user("token")
        assert user.get_liveness("480213").status == "pending"
        code = None
        try:
            user.get_liveness(1)
        except errors.OrderNotFound as error:
            code = error.code
        assert code == "ER035"

    async def ask() -> str:
        async with package.AsyncClient(package.ApiKey("key"), base_url=base_url) as client:
            return (await client.as_user("token").get_liveness("480213")).status

    assert asyncio.run(ask()) == "pending"
    importlib.import_module(f"{name}.testing")
    loaded = [module for module in sys.modules if module.partition(".")[0] == "btcdirect"]
    assert name == "btcdirect" or not loaded, loaded


server = HTTPServer(("127.0.0.1", 0), Stub)
threading.Thread(target=server.serve_forever, daemon=True).start()
for argument in sys.argv[1:]:
    probe(argument, f"http://127.0.0.1:{server.server_port}")
print("works")
