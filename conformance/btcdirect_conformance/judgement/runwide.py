"""Checks that need more than one answer of a run, and those on exchanges that have no whole answer."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from btcdirect_conformance.exchange import Exchange, Fault, FaultKind, Headers
from btcdirect_conformance.facts import Order

from .examined import Examined
from .fronts import is_undecodable
from .oracle import describe
from .violation import Violation

_JUDGED_METHODS = ("GET", "HEAD")
_RequestLine: TypeAlias = tuple[str, str, Headers]


def one_status_per_code(judged: Sequence[Examined]) -> Iterator[Violation]:
    """A code that came alone under several statuses. With others beside it, the status may be that of any."""
    first: dict[str, int] = {}
    for one in judged:
        facts = one.exchange.request.facts
        if len(one.answer.codes) != 1 or facts.refusable or facts.order is Order.MISSING:
            continue
        (code,) = one.answer.codes
        status = first.setdefault(code, one.answer.status)
        if status != one.answer.status and code in one.contract.catalogue:
            actual = f"{status} and {one.answer.status}"
            yield Violation("consistency.status", f"one status for {code}", actual, one.exchange)


def one_reading_per_request(judged: Sequence[Examined]) -> Iterator[Violation]:
    """The same request, answered by different readings of what is open: once as a number, say, and once as none."""
    possible: dict[_RequestLine, tuple[frozenset[frozenset[str]], Examined]] = {}
    for one in judged:
        request = one.exchange.request
        if one.refused or not one.conforms:
            continue
        line = request.method, request.target, request.headers
        suits = _suits(one)
        before, earlier = possible.get(line, (suits, one))
        if before & suits:
            possible[line] = before & suits, earlier
            continue
        expected = f"the answer that it had before: {describe(earlier.answer, earlier.response)}"
        yield Violation("consistency.repeats", expected, describe(one.answer, one.response), one.exchange)


def _suits(one: Examined) -> frozenset[frozenset[str]]:
    """The sets of codes, a set a reading, that allow an answer."""
    if one.answer.is_2xx and not one.answer.is_error:
        return frozenset({frozenset[str]()})
    reported = one.answer.codes & one.contract.catalogue.keys()
    return frozenset(codes for codes in one.ruling.codes if codes >= reported)


_EXPECTED_WHOLE: Mapping[FaultKind, str] = MappingProxyType(
    {
        FaultKind.TIMEOUT: "a whole answer within the profile's limit",
        FaultKind.CONNECTION: "an answer before the connection ends",
        FaultKind.TRUNCATED: "a body as long as announced",
        FaultKind.CODING: "a body in the announced Content-Encoding",
        FaultKind.PROTOCOL: "an HTTP answer",
        FaultKind.TOO_LARGE: "a body of a size that can be read",
    }
)


def hung_up(exchange: Exchange) -> bool:
    """Whether a front hung up on what it may take for an attack, as some do instead of an answer."""
    answer = exchange.answer
    is_dropped = isinstance(answer, Fault) and answer.kind is FaultKind.CONNECTION
    return is_dropped and exchange.request.facts.refusable


def faults(kind: FaultKind, exchanges: Sequence[Exchange]) -> Iterator[Violation]:
    """Exchanges that ended in a kind of fault.

    A dropped connection on an undecodable target is excused only if the server also drops other suspicious targets, as
    a firewall does; otherwise it crashed.
    """
    attacks = [exchange.request.target for exchange in exchanges if hung_up(exchange)]
    has_firewall = not all(map(is_undecodable, attacks))
    for exchange in exchanges:
        answer, facts = exchange.answer, exchange.request.facts
        if not isinstance(answer, Fault) or answer.kind is not kind or facts.method not in _JUDGED_METHODS:
            continue
        if not hung_up(exchange) or (is_undecodable(exchange.request.target) and not has_firewall):
            yield Violation(f"transport.{kind}", _EXPECTED_WHOLE[kind], answer.detail, exchange)
