"""Which cases an answer fails."""

from collections.abc import Sequence
from typing import Any

from tests.conformance.helpers.toy import CONTRACT, JSON, answer, exchange, request

from btcdirect_conformance.cases import Case, all_cases
from btcdirect_conformance.exchange import Exchange, Headers, Request, Response
from btcdirect_conformance.judgement.oracle import judge
from btcdirect_conformance.verdict import Level

WATCHING = [case for case in all_cases() if case.plan is None and case.level is not Level.INFO]
OBSERVING = [case for case in all_cases() if case.level is Level.INFO]

NO_USER = request(user=None)


def failed(*some: Exchange, cases: Sequence[Case] = WATCHING) -> set[str]:
    """The cases that these exchanges fail; ``answer`` if an answer does not suit its request."""
    rules = {violation.rule for one in some for violation in judge(one, CONTRACT)}
    for case in cases:
        found = case.judge(some, CONTRACT)
        assert {violation.rule for violation in found} <= {case.id}
        rules |= {case.id for _ in found}
    return rules


def found_in(body: Any, status: int | None = None, of: Request | None = None, headers: Headers = JSON) -> set[str]:
    """The cases that one answer fails."""
    response = (
        Response(status or 200, headers, body) if isinstance(body, bytes) else answer(body, status or 200, headers)
    )
    return failed(exchange(response, of))


def failure(body: Any, status: int = 400, headers: Headers = JSON) -> set[str]:
    """The cases that an answer to a request without a user token fails."""
    return found_in(body, status, NO_USER, headers)
