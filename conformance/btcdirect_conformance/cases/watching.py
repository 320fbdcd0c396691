"""Cases that send nothing and look at every exchange of a run: form, transport, security, consistency."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange, FaultKind
from btcdirect_conformance.judgement.checks import CHECKS, MOST, Check
from btcdirect_conformance.judgement.examined import Examined, examine
from btcdirect_conformance.judgement.leniency import LENIENCY_CHECKS
from btcdirect_conformance.judgement.runwide import faults, one_reading_per_request, one_status_per_code
from btcdirect_conformance.judgement.security import (
    SECURITY_CHECKS,
    credentials_told,
    echoed,
    token_in_error,
    token_of_another,
)
from btcdirect_conformance.judgement.violation import Violation
from btcdirect_conformance.verdict import Level, Statement

from .case import Case, Judge

_PAGE = "endpoint-page"
_ASSUMED = "assumed"
_ALLOWED = "Allowed values: ER033 ER034 ER035 ER150 ER700 ER702 ER800 ER801 ER802 ER803 ER805 ER806 ER999"

_FORM: Mapping[str, tuple[Level, str, str, str]] = {
    "body.json": (
        Level.MUST,
        "Bodies are JSON in UTF-8",
        "JSON text exchanged between systems that are not part of a closed ecosystem MUST be encoded using UTF-8.",
        "RFC 8259, 8.1",
    ),
    "body.object": (
        Level.MUST,
        "A success is an object",
        "The response contains the liveness check status for the order. object",
        _PAGE,
    ),
    "body.name": (
        Level.MUST,
        "name is there, a string",
        "name required Name of the identification status string",
        _PAGE,
    ),
    "body.status": (
        Level.MUST,
        "status is there, a string",
        "status required The current status of the specific identification status response. string",
        _PAGE,
    ),
    "body.type": (
        Level.MUST,
        "type is a string, null or absent",
        "type The type of the identification. string nullable",
        _PAGE,
    ),
    "body.data": (
        Level.MUST,
        "data is an object or absent",
        "data Additional data related to the specific identification status response. object",
        _PAGE,
    ),
    "body.access-token": (
        Level.SHOULD,
        "data.accessToken is a string, null or absent",
        '{ "accessToken": "fooToken" }',
        _PAGE,
    ),
    "body.unique-names": (
        Level.SHOULD,
        "No name stands twice in an object",
        "The names within an object SHOULD be unique.",
        "RFC 8259, 4",
    ),
    "envelope.errors": (
        Level.MUST,
        "Errors come in an object errors, at least one",
        "A list of possible errors for this endpoint. object",
        _PAGE,
    ),
    "envelope.entry": (
        Level.MUST,
        "Each error is an object",
        "object code required string",
        _PAGE,
    ),
    "envelope.code": (Level.MUST, "Each error has a code, and it is one of the thirteen", _ALLOWED, _PAGE),
    "envelope.key": (Level.MUST, "Each error stands under its own code", '"ER033": { "code": "ER033"', _PAGE),
    "envelope.message": (Level.MUST, "Each message is its code's, to the letter", "message required string", _PAGE),
    "envelope.solution": (Level.MUST, "Each solution is its code's, to the letter", "solution required string", _PAGE),
    "header.content-type": (
        Level.MUST,
        "Bodies are application/json",
        "The media type for JSON text is application/json.",
        "RFC 8259, 11",
    ),
    "header.content-coding": (
        Level.SHOULD,
        "Bodies come without a content coding where none is asked for",
        (
            "If ... none of the available representations for the response have a content coding that is listed as "
            "acceptable, the origin server SHOULD send a response without any content coding."
        ),
        "RFC 9110, 12.5.3",
    ),
    "header.framing": (
        Level.SHOULD,
        "An answer's length is said in one way",
        (
            "A sender MUST NOT send a Content-Length header field in any message that contains a Transfer-Encoding "
            "header field."
        ),
        "RFC 9112, 6.2",
    ),
    "status.failure": (
        Level.MUST,
        "Errors come with 4xx, a general error with 4xx or 5xx",
        "When a request fails the API answers with a 4xx status and the envelope.",
        "vendor-docs",
    ),
    "security.order-existence": (
        Level.SHOULD,
        "Whether an order exists is told to authenticated requests alone",
        "The state of the order may be reported only to a request that was authenticated.",
        _ASSUMED,
    ),
    "security.caching": (
        Level.SHOULD,
        "No shared cache may keep an access token",
        "The private response directive indicates that a shared cache MUST NOT store the response.",
        "RFC 9111, 5.2.2.7",
    ),
    "auth.no-scheme": (
        Level.SHOULD,
        "A token is taken only after Bearer",
        "Authorization: Bearer {client JWT}",
        "vendor-docs",
    ),
    "order.other-spelling": (
        Level.SHOULD,
        "An order is found by its own digits alone",
        "Order id parameter can only be a number.",
        _PAGE,
    ),
    "order.strict-number": (
        Level.SHOULD,
        "What is a number to lenient readers alone is none",
        "Order id parameter can only be a number.",
        _PAGE,
    ),
    "order.encoded-digits": (
        Level.SHOULD,
        "Percent-encoded digits are the same order",
        (
            "URIs that differ in the replacement of an unreserved character with its corresponding "
            "percent-encoded US-ASCII octet are equivalent."
        ),
        "RFC 3986, 2.3",
    ),
}

_TRANSPORT: Mapping[FaultKind, tuple[str, str, str]] = {
    FaultKind.TIMEOUT: (
        "Every answer is whole within the time limit",
        "The profile's limit on a whole exchange, hangs and dripping included.",
        _ASSUMED,
    ),
    FaultKind.CONNECTION: (
        "No connection ends without an answer",
        (
            "A server listens on a connection for a request, parses each message received, interprets the message "
            "semantics in relation to the identified request target, and responds to that request with one or more "
            "response messages."
        ),
        "RFC 9110, 3.3",
    ),
    FaultKind.TRUNCATED: (
        "No body is shorter than announced",
        (
            "If the sender closes the connection or the recipient times out before the indicated number of octets are "
            "received, the recipient MUST consider the message to be incomplete and close the connection."
        ),
        "RFC 9112, 6.3",
    ),
    FaultKind.CODING: (
        "Every body is in its announced coding",
        "The Content-Encoding header field indicates what content codings have been applied to the representation.",
        "RFC 9110, 8.4",
    ),
    FaultKind.PROTOCOL: (
        "Every answer is HTTP",
        "HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]",
        "RFC 9112, 2.1",
    ),
    FaultKind.TOO_LARGE: (
        "Every body can be read to its end",
        "The response contains the liveness check status for the order.",
        _PAGE,
    ),
}


def watching_cases() -> Iterator[Case]:
    """One case a rule; together they cost no request."""
    for rule, check in {**CHECKS, **SECURITY_CHECKS, **LENIENCY_CHECKS}.items():
        level, title, text, source = _FORM[rule]
        yield Case(id=rule, level=level, title=title, statement=Statement(text, source), judge=_each(rule, check))
    for kind, (title, text, source) in _TRANSPORT.items():
        yield Case(
            id=f"transport.{kind}", level=Level.MUST, title=title, statement=Statement(text, source), judge=_fault(kind)
        )
    yield Case(
        id="security.echo",
        level=Level.SHOULD,
        title="No answer repeats the credentials of its request",
        statement=Statement("Credentials are secrets.", _ASSUMED),
        judge=echoed,
    )
    yield Case(
        id="security.credentials",
        level=Level.SHOULD,
        title="No answer holds a valid credential that its request did not carry",
        statement=Statement("Credentials are secrets.", _ASSUMED),
        judge=credentials_told,
    )
    yield Case(
        id="security.token-in-error",
        level=Level.SHOULD,
        title="No access token in an answer that is no success",
        statement=Statement("An access token is a secret of the order's user.", _ASSUMED),
        judge=_together(token_in_error),
    )
    yield Case(
        id="security.token-per-user",
        level=Level.SHOULD,
        title="No user gets the access token of another",
        statement=Statement("An access token is a secret of the order's user.", _ASSUMED),
        judge=_together(token_of_another),
    )
    yield Case(
        id="consistency.status",
        level=Level.SHOULD,
        title="A code comes with one status",
        statement=Statement("Which status belongs to which code is open; that it is one is assumed.", _ASSUMED),
        judge=_together(one_status_per_code),
    )
    yield Case(
        id="consistency.repeats",
        level=Level.SHOULD,
        title="The same request is understood in the same way each time",
        statement=Statement("What a request means is open in places; that it is one thing is assumed.", _ASSUMED),
        judge=_together(one_reading_per_request),
    )


def _each(rule: str, check: Check) -> Judge:
    def judge(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
        return list(_violations(rule, check, examine(exchanges, contract)))

    return judge


def _together(check: Callable[[Sequence[Examined]], Iterator[Violation]]) -> Judge:
    return lambda exchanges, contract: list(check(examine(exchanges, contract)))


def _violations(rule: str, check: Check, judged: Iterable[Examined]) -> Iterator[Violation]:
    for one in judged:
        for expected, actual in islice(check(one), MOST):
            yield Violation(rule, expected, actual, one.exchange)


def _fault(kind: FaultKind) -> Judge:
    return lambda exchanges, _: list(faults(kind, exchanges))
