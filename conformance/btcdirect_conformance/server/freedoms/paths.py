"""What ids, paths and methods may be taken for."""

# ruff: noqa: D102 - the methods are those of Rules, documented there

import re
from collections.abc import Sequence
from urllib.parse import unquote_to_bytes

from attrs import evolve

from btcdirect_conformance.server.messages import Call, Reply, envelope
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Order

_CREDENTIALS = "authorization", "x-api-key"
_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class RouterPage(Rules):
    """A missing id never gets to the application."""

    def reply(self, call: Call) -> Reply:
        if call.segment:
            return super().reply(call)
        page = b"<!DOCTYPE html><title>404 Not Found</title>"
        return Reply(404, None, headers=(("Content-Type", "text/html; charset=UTF-8"),), raw=page)


class RouterJson(Rules):
    """The router takes only what its pattern matches, and answers the rest in its own JSON."""

    def reply(self, call: Call) -> Reply:
        if call.segment and call.method in {"GET", "HEAD"}:
            return super().reply(call)
        problem = b'{"type": "about:blank", "title": "Not Found", "status": 404}'
        return Reply(404, None, headers=(("Content-Type", "application/problem+json"),), raw=problem)


class SignedNumbers(Rules):
    """Numbers have signs, decimals and exponents; an order's number is compared by its text."""

    pattern = re.compile(rb"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        number, problems = super().order_id(segment)
        text = unquote_to_bytes(segment)
        return (text.decode(), ()) if problems and self.pattern.fullmatch(text) else (number, problems)


class NumbersByValue(Rules):
    """Leading zeros, a plus and a fraction of zero do not change a number."""

    pattern = re.compile(rb"\+?0*([0-9]+?)(?:\.0*)?")

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        match = self.pattern.fullmatch(unquote_to_bytes(segment))
        return (match[1].decode(), ()) if match else super().order_id(segment)


class NoLeadingZeros(Rules):
    """What begins with a zero is no number, nor is one that a database cannot hold."""

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        number, problems = super().order_id(segment)
        unfit = number is not None and (number.startswith("0") or len(number) > 18)
        return (None, ("ER034",)) if unfit else (number, problems)


class DenseOrders(Rules):
    """Any number of up to 12 digits is an order, and of the first user, but for those that the profile knows."""

    def order(self, number: str, subject: str) -> tuple[Order | None, Sequence[str]]:
        known = self.store.fixtures
        if number in {known.unknown, known.foreign} or number.startswith("0") or len(number) > 12:
            return super().order(number, subject)
        taken = Order(number, known.email)
        return (taken, ()) if subject == known.email else (None, ("ER150",))


class Undecoded(Rules):
    """The id is compared as it was sent, without percent-decoding."""

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        return (None, ("ER034",)) if b"%" in segment else super().order_id(segment)


class StrictFront(Rules):
    """A front turns away what it takes for an attack, in its own words, before the application sees it."""

    def reply(self, call: Call) -> Reply:
        text = unquote_to_bytes(call.segment)
        if len(text) > 255:
            return _page(414)
        if _BAD_PERCENT.search(call.segment) or b"\0" in text or "\ufffd" in text.decode("utf-8", "replace"):
            return _page(400)
        if re.search(rb"[^ -~]|[\"']|(?i:union )", text):
            return _page(403)
        return _page(404) if re.search(rb"[/\\]|^\.+$", text) else super().reply(call)


class LowerPath(Rules):
    """A front sends who writes capitals to the same path without."""

    def reply(self, call: Call) -> Reply:
        segment = call.segment.lower()
        if segment == call.segment:
            return super().reply(call)
        place = f"http://localhost/api/v2/buy/{segment.decode('ascii')}/identification/liveness"
        return Reply(301, None, headers=(("Location", place), ("Content-Type", "text/html")), raw=b"Moved")


_WITHOUT = {
    b"": "/api/v2/buy/identification/liveness",
    b".": "/api/v2/buy/identification/liveness",
    b"..": "/api/v2/identification/liveness",
}
"""Where a path is once an empty or dotted segment is taken out (RFC 3986, section 5.2.4)."""


class NarrowFront(Rules):
    """A front lets plain characters in credentials through alone, and has a page for the others."""

    plain = re.compile(r"[\w .~+/=:,-]*", re.ASCII)

    def reply(self, call: Call) -> Reply:
        odd = any(not self.plain.fullmatch(value) for key, value in call.headers if key.endswith(_CREDENTIALS))
        return _page(403) if odd else super().reply(call)


class CleanedPath(Rules):
    """A router sends paths with empty or dotted segments to where they are without."""

    def reply(self, call: Call) -> Reply:
        place = _WITHOUT.get(unquote_to_bytes(call.segment))
        if place is None:
            return super().reply(call)
        headers = (("Location", place), ("Content-Type", "text/html"))
        return Reply(301, None, headers=headers, raw=f'<a href="{place}">Moved</a>'.encode())


class MergedSlashes(Rules):
    """A front decodes the path and merges slashes before it passes it on, as nginx does."""

    def reply(self, call: Call) -> Reply:
        segment = re.sub(rb"(?i:%2F)", b"/", call.segment).strip(b"/")
        return _page(404) if b"/" in segment else super().reply(evolve(call, segment=segment))


class ShorterPath(Rules):
    """A front takes dotted segments out of the path, and what is there then answers."""

    def reply(self, call: Call) -> Reply:
        dotted = unquote_to_bytes(call.segment) in {b".", b".."}
        return Reply(200, {"resources": ["buy", "sell"]}) if dotted else super().reply(call)


class HouseRouter(Rules):
    """What the router does not know, it tells in the form of the API and with a code of its own."""

    def reply(self, call: Call) -> Reply:
        dotted = unquote_to_bytes(call.segment) in {b"", b".", b".."}
        return self.other_method(call) if dotted else super().reply(call)

    def other_method(self, call: Call) -> Reply:
        del call
        error = {"code": "ER404", "message": "No such route.", "solution": "See the documentation."}
        return Reply(404, {"errors": {"ER404": error}})


class NoQuery(Rules):
    """A query is nothing that is documented, and refused."""

    def reply(self, call: Call) -> Reply:
        return _page(400) if call.query else super().reply(call)


def _page(status: int) -> Reply:
    return Reply(status, None, headers=(("Content-Type", "text/html"),), raw=b"<html><h1>Bad Request</h1></html>")


class NotFound405(Rules):
    """The router knows no other methods."""

    def other_method(self, call: Call) -> Reply:
        return evolve(
            super().other_method(call), status=404, headers=(("Content-Type", "text/plain"),), raw=b"Not Found"
        )


class NoHead(Rules):
    """GET alone."""

    allow = "GET"

    def reply(self, call: Call) -> Reply:
        return self.other_method(call) if call.method == "HEAD" else super().reply(call)


class Options(Rules):
    """OPTIONS says what there is."""

    allow = "GET, HEAD, OPTIONS"

    def other_method(self, call: Call) -> Reply:
        reply = super().other_method(call)
        return evolve(reply, status=204, raw=b"") if call.method == "OPTIONS" else reply


class DescribedByOptions(Rules):
    """OPTIONS describes the resource, as some frameworks do."""

    def other_method(self, call: Call) -> Reply:
        example = {"name": "liveness", "status": "pending", "data": {"accessToken": "fooToken"}}
        described = {"name": "Liveness check", "renders": ["application/json"], "example": example}
        return Reply(200, described) if call.method == "OPTIONS" else super().other_method(call)


class CleanTrace(Rules):
    """TRACE sends the request back, but for what is secret in it."""

    def other_method(self, call: Call) -> Reply:
        if call.method != "TRACE":
            return super().other_method(call)
        secret = {"authorization", "x-api-key", "user-authorization"}
        lines = "".join(f"{name}: {value}\r\n" for name, value in call.headers if name not in secret)
        return Reply(200, None, headers=(("Content-Type", "message/http"),), raw=lines.encode())


class EnvelopeFor405(Rules):
    """A method that is not allowed is a general error."""

    def other_method(self, call: Call) -> Reply:
        reply = super().other_method(call)
        headers = (("Content-Type", "application/json"), ("Allow", self.allow))
        return evolve(reply, headers=headers, payload=envelope(["ER999"]), raw=None)
