"""Other methods than GET. The page documents none; what may be expected of them is HTTP's."""

from collections.abc import Iterator, Sequence
from itertools import product

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange, Headers, Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.oracle import unjudged
from btcdirect_conformance.verdict import Level, Statement
from btcdirect_conformance.violation import ANSWER, Violation

from . import factors, order_ids
from .case import Case
from .planned import Combination

NOT_SUPPORTED = (404, 405, 501)
_HEAD = (Combination(), Combination(user=factors.NO_USER), Combination(order=order_ids.UNKNOWN))


def method_cases(contract: Contract) -> Iterator[Case]:
    """HEAD and OPTIONS, and the methods that change something, which are sent only if the user allows it."""

    def head(fixtures: Fixtures) -> Sequence[Request]:
        pairs = product(_HEAD, ("GET", "HEAD"))
        requests = [combination.request(fixtures, contract.path, method) for combination, method in pairs]
        return [request for request in requests if request is not None]

    yield Case(
        id="method.head",
        level=Level.SHOULD,
        title="HEAD succeeds and fails as GET does, or is not supported",
        statement=Statement(
            "The HEAD method is identical to GET except that the server MUST NOT send content in the response.",
            "RFC 9110, 9.3.2",
        ),
        judge=_judge_head,
        plan=head,
        needs=tuple(dict.fromkeys(need for combination in _HEAD for need in combination.needs)),
    )
    yield Case(
        id="method.options",
        level=Level.SHOULD,
        title="OPTIONS is answered without a server error",
        statement=Statement(
            "The OPTIONS method requests information about the communication options available for the target "
            "resource.",
            "RFC 9110, 9.3.7",
        ),
        judge=_judge_options,
        plan=Combination().plan(contract.path, method="OPTIONS"),
        needs=Combination().needs,
    )
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        yield Case(
            id=f"method.{method.lower()}",
            level=Level.SHOULD,
            title=f"{method}, which is not documented, is refused",
            statement=Statement(f"GET {contract.path}", "endpoint-page"),
            judge=_judge_other,
            plan=Combination().plan(contract.path, method=method),
            needs=Combination().needs,
            safe=False,
        )


def _judge_head(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    found: list[Violation] = []
    to_get: dict[tuple[str, Headers], int] = {}
    for exchange, status in _statuses(exchanges, contract):
        request = exchange.request
        if request.method == "GET":
            to_get[request.target, request.headers] = status
            continue
        expected = to_get.get((request.target, request.headers), status)
        if status // 100 != expected // 100 and status not in NOT_SUPPORTED:
            found.append(Violation(ANSWER, f"{expected} as for GET, or 404, 405 or 501", str(status), exchange))
    return found


def _judge_options(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    return [
        Violation(ANSWER, "any answer but a server error", str(status), exchange)
        for exchange, status in _statuses(exchanges, contract)
        if status >= 500 and status not in NOT_SUPPORTED
    ]


def _judge_other(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    return [
        Violation(ANSWER, "405, or another 4xx or 501", str(status), exchange)
        for exchange, status in _statuses(exchanges, contract)
        if not (400 <= status <= 499 or status in NOT_SUPPORTED)
    ]


def _statuses(exchanges: Sequence[Exchange], contract: Contract) -> Iterator[tuple[Exchange, int]]:
    for exchange in exchanges:
        if isinstance(exchange.answer, Response) and not unjudged(exchange, contract):
            yield exchange, exchange.answer.status
