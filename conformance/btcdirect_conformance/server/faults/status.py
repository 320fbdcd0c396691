"""The right body with the wrong status."""

from btcdirect_conformance.server.flavour import (
    Change,
    altered,
    anything,
    body,
    both,
    failure,
    header,
    status,
    success,
    telling,
)
from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.wire import WireFault, rewritten

from .codes import CASES
from .model import Fault, category


def _login(number: int) -> Change:
    page = b"<!DOCTYPE html><title>Redirecting to /login</title>"
    return both(status(number), header("Location", "/login"), header("Content-Type", "text/html"), body(page))


class _ConditionFirst(Rules):
    """Answers a condition before it looks at the credentials."""

    def reply(self, call: Call) -> Reply:
        known = any(call.values("if-none-match"))
        return Reply(304, None, headers=(), raw=b"") if known and call.method == "GET" else super().reply(call)


STATUS = category(
    "status",
    Fault("status-200-envelope", "Envelopes come with status 200.", "status.failure", altered(status(200), failure)),
    *(
        Fault(
            f"status-200-{code}",
            f"{code} comes with status 200.",
            "status.failure",
            altered(status(200), telling(code)),
        )
        for code in ("ER034", "ER150", "ER801")
    ),
    Fault(
        "status-500-envelope", "Every envelope comes with status 500.", "status.failure", altered(status(500), failure)
    ),
    Fault("status-503-unknown", "An unknown order is a 503.", "status.failure", altered(status(503), telling("ER035"))),
    Fault(
        "status-304-envelope",
        "Errors come with status 304.",
        "order.unknown",
        altered(both(status(304), body(b"")), failure),
    ),
    Fault(
        "status-304-unauthorized",
        "Who says to have the check already is asked for no credentials.",
        "request.conditional",
        _ConditionFirst,
    ),
    Fault(
        "status-302-login",
        "No user token means a redirect to a login page.",
        CASES["ER700"],
        altered(_login(302), telling("ER700")),
    ),
    Fault(
        "status-307-login",
        "A bad client token means a redirect to a login page.",
        CASES["ER800"],
        altered(_login(307), telling("ER800")),
    ),
    Fault(
        "status-204-success",
        "The check comes with status 204 and no body.",
        "body.json",
        altered(both(status(204), body(b"")), success),
    ),
    Fault("status-400-success", "The check comes with status 400.", "success.api-key", altered(status(400), success)),
    Fault("status-500-success", "The check comes with status 500.", "success.api-key", altered(status(500), success)),
    Fault("status-301-success", "The check comes as a redirect.", "success.api-key", altered(_login(301), success)),
    Fault(
        "status-999",
        "Errors come with a status that HTTP does not have.",
        "status.failure",
        wire=WireFault(rewritten(lambda head, body: head.replace(b"HTTP/1.1 400 ", b"HTTP/1.1 999 ", 1) + body)),
    ),
    Fault("status-all-200", "Everything comes with status 200.", "status.failure", altered(status(200), anything)),
)
