"""Other methods than GET. The page documents none; what may be expected of them is HTTP's."""

from collections.abc import Iterator, Sequence

from attrs import evolve

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.exchange import Exchange, Fault, FaultKind, Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.judgement.oracle import holds_check, rule, understand, unjudged
from btcdirect_conformance.judgement.security import names_access_token
from btcdirect_conformance.judgement.violation import ANSWER, Violation
from btcdirect_conformance.near_secrets import INVENTED
from btcdirect_conformance.verdict import Level, Statement

from . import factors, order_ids
from .case import Case, Plan
from .combination import Combination

NOT_SUPPORTED = (404, 405, 501)
_HEAD = (
    Combination(),
    Combination(user=factors.NO_USER),
    Combination(client=factors.NO_CLIENT),
    Combination(client=factors.TOKEN_EXPIRED),
    Combination(order=order_ids.FOREIGN),
    Combination(order=order_ids.UNKNOWN),
)
_STRANGERS = (
    Combination(client=factors.NO_CLIENT, user=factors.NO_USER),
    Combination(client=factors.KEY_INVALID, user=factors.USER_INVALID),
    Combination(client=factors.NO_CLIENT),
)
_INVENTED = Combination(client=factors.BOTH_INVALID, user=factors.USER_INVALID)
"""All that a TRACE may carry. "A client MUST NOT generate fields in a TRACE request containing sensitive data that
might be disclosed by the response." (RFC 9110, 9.3.8)"""


def method_cases(contract: Contract) -> Iterator[Case]:
    """HEAD and OPTIONS, and the methods that change something, which are sent only if the user allows it."""
    yield Case(
        id="method.head",
        level=Level.SHOULD,
        title="HEAD succeeds and fails as GET has to, or is not supported",
        statement=Statement(
            "The HEAD method is identical to GET except that the server MUST NOT send content in the response.",
            "RFC 9110, 9.3.2",
        ),
        judge=_judge_head,
        plan=_each(_HEAD, "HEAD", contract),
        needs=Combination().needs,
    )

    def trace(fixtures: Fixtures) -> Sequence[Request]:
        request = _INVENTED.request(fixtures, contract.path, "TRACE")
        # A front may hang up on it.
        return () if request is None else (evolve(request, facts=evolve(request.facts, refusable=True)),)

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
    yield Case(
        id="method.options-unauthorized",
        level=Level.SHOULD,
        title="OPTIONS gives nothing of the check to who has no valid credentials",
        # The page asks for authorization, and speaks of GET alone.
        statement=Statement(
            "This method allows a client to determine the options and/or requirements associated with a resource, or "
            "the capabilities of a server, without implying a resource action.",
            "RFC 9110, 9.3.7",
        ),
        judge=_judge_strangers,
        plan=_each(_STRANGERS, "OPTIONS", contract),
        needs=(order_ids.OWNED,),
    )
    yield Case(
        id="method.trace",
        level=Level.SHOULD,
        title="TRACE does not send credentials back",
        statement=Statement(
            "The final recipient of the request SHOULD exclude any request fields that are likely to contain sensitive "
            "data when that recipient generates the response content.",
            "RFC 9110, 9.3.8",
        ),
        judge=_judge_trace,
        plan=trace,
        needs=(order_ids.OWNED,),
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


def _each(combinations: Sequence[Combination], method: str, contract: Contract) -> Plan:
    def plan(fixtures: Fixtures) -> Sequence[Request]:
        requests = [combination.request(fixtures, contract.path, method) for combination in combinations]
        return [request for request in requests if request is not None]

    return plan


def _judge_head(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    found: list[Violation] = []
    for exchange, status in _statuses(exchanges, contract):
        expected = 4 if rule(exchange.request.facts, contract).failure else 2
        if status // 100 != expected and status not in NOT_SUPPORTED:
            found.append(Violation(ANSWER, f"{expected}xx as for GET, or 404, 405 or 501", str(status), exchange))
    found += [
        Violation(ANSWER, "no content", f"{answer.surplus} bytes of it", exchange)
        for exchange, answer in _answered(exchanges, contract)
        if answer.surplus
    ]
    return found


def _judge_options(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    return [
        Violation(ANSWER, "any answer but a server error", str(status), exchange)
        for exchange, status in _statuses(exchanges, contract)
        if status >= 500 and status not in NOT_SUPPORTED
    ] + [
        Violation(ANSWER, "any answer but a server error", f"none ({exchange.answer.kind})", exchange)
        for exchange in exchanges
        if isinstance(exchange.answer, Fault) and exchange.answer.kind is FaultKind.TIMEOUT
    ]


def _judge_strangers(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    return [
        Violation(ANSWER, "nothing of the check", f"{answer.status} with the check or its access token", exchange)
        for exchange, answer in _answered(exchanges, contract)
        if holds_check(understand(answer, contract)) or names_access_token(answer)
    ]


def _judge_trace(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    return [
        Violation(ANSWER, "an answer without the credentials of its request", str(answer.status), exchange)
        for exchange, answer in _answered(exchanges, contract)
        if INVENTED.encode() in answer.body
    ]


def _judge_other(exchanges: Sequence[Exchange], contract: Contract) -> Sequence[Violation]:
    return [
        Violation(ANSWER, "405, or another 4xx or 501", str(status), exchange)
        for exchange, status in _statuses(exchanges, contract)
        if not (400 <= status <= 499 or status in NOT_SUPPORTED)
    ]


def _statuses(exchanges: Sequence[Exchange], contract: Contract) -> Iterator[tuple[Exchange, int]]:
    return ((exchange, answer.status) for exchange, answer in _answered(exchanges, contract))


def _answered(exchanges: Sequence[Exchange], contract: Contract) -> Iterator[tuple[Exchange, Response]]:
    for exchange in exchanges:
        if isinstance(exchange.answer, Response) and not unjudged(exchange, contract):
            yield exchange, exchange.answer
