"""Schemathesis as a layer over the same contract: requests of its making, and its checks of the answers.

It generates what hypothesis then shrinks; the requests go out through the run's own session, so that budget, pace and
redaction hold, and the oracle is one of its checks. Its own output is never used: it shows response bodies, and so
access tokens.
"""

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

import requests
import schemathesis
from hypothesis.strategies import SearchStrategy, one_of
from schemathesis.core.failures import Failure, FailureGroup

from btcdirect_conformance.cases.factors import BY_ANY, VALID_USER
from btcdirect_conformance.contract import Contract
from btcdirect_conformance.conversation.limits import Effort
from btcdirect_conformance.conversation.session import Session
from btcdirect_conformance.exchange import Exchange, Fault, Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.judgement.classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION, read_facts
from btcdirect_conformance.judgement.oracle import is_refusal, judge, rule, understand
from btcdirect_conformance.judgement.violation import Violation

from .engine import explore

Case = schemathesis.Case[Any]

_BASE = "http://127.0.0.1:0"
"""Stands for the target inside schemathesis, which sends nothing itself."""

_LARGEST = 65_536
"""Bytes of a body that schemathesis gets to see. It writes the whole body into each error of its schema: an envelope of
many wrong entries has filled a machine's memory so."""

_SENT_BY_SCHEMATHESIS = frozenset(
    {"user-agent", "accept", "accept-encoding", "connection", "content-length", "x-schemathesis-testcaseid"}
)
"""What it adds of itself. The run's own transport says these for all requests alike."""

# Checks of schemathesis that fail correct servers here, and are left out:
#   ignored_auth              takes only 401, 403 and redirects for a refusal; the documents give 400 for ER801
#   missing_required_header   the same with 401 and 406 for ER700, whose status is open
#   positive_data_acceptance  an id that fits the schema and names no order is ER035, not a success
#   negative_data_rejection   every text fits the schema of the id; what is no number is the oracle's matter
#   unsupported_method        demands 405; a router may answer 404
#   allow_header_conformance  demands Allow with every 405; the documents say nothing of other methods
#   not_a_server_error        ER999 may come with a 5xx status; the oracle judges it
# Its own headers of security schemes are off: it would set them over those of a case that is wrong on purpose.
_CONFIG = """
[cache]
enabled = false
[generation]
database = "none"
with-security-parameters = false
[checks]
enabled = false
[checks.status_code_conformance]
enabled = true
[checks.content_type_conformance]
enabled = true
[checks.response_headers_conformance]
enabled = true
[checks.response_schema_conformance]
enabled = true
"""


async def generic(session: Session, fixtures: Fixtures, contract: Contract, effort: Effort) -> Sequence[Violation]:
    """Judges the answers to requests that schemathesis makes of the schema.

    Raises:
        NotSent: A limit ended it before it found anything.
    """
    return await explore(
        session,
        lambda: _made(fixtures, contract),
        lambda case: _request(case, fixtures),
        lambda case, exchange: tuple(_violations(case, exchange, contract)),
        effort,
    )


def _request(case: Case, fixtures: Fixtures) -> Request | None:
    data = case.as_transport_kwargs(base_url=_BASE)
    headers = tuple(
        (name, value if isinstance(value, str) else value.decode("latin-1"))
        for name, value in data["headers"].items()
        if name.lower() not in _SENT_BY_SCHEMATHESIS
    )
    target = "/" + data["url"].removeprefix(_BASE).lstrip("/")
    facts = read_facts(data["method"], target, headers, fixtures)
    return None if facts is None else Request(data["method"], target, headers, facts)


def _violations(case: Case, exchange: Exchange, contract: Contract) -> Iterator[Violation]:
    # An exchange without a whole answer is judged where all exchanges are looked at.
    if isinstance(exchange.answer, Fault):
        return
    deserved = judge(exchange, contract)
    if not _is_readable(exchange.answer.body):
        yield from deserved
        return

    def oracle(ctx: object, response: object, case: object) -> None:  # noqa: ARG001
        if deserved:
            raise _OracleFailure(operation=contract.path, title="The oracle", message=deserved[0].expected)

    try:
        response = _response(exchange.request, exchange.answer, exchange.elapsed)
        case.validate_response(response, additional_checks=[oracle])  # pyright: ignore[reportUnknownMemberType]
    except FailureGroup as group:
        for failure in group.exceptions:
            if isinstance(failure, _OracleFailure):
                yield from deserved
            elif not _is_refused(exchange.request, exchange.answer, contract):
                found = " ".join(failure.message.split())
                yield Violation("schema", f"an answer as the contract describes it ({failure.title})", found, exchange)


class _OracleFailure(Failure):
    """The oracle's verdict among those of schemathesis."""


def _is_readable(body: bytes) -> bool:
    """Whether schemathesis can be given it: it is small, and what JSON it is Python reads.

    Python refuses some JSON, like a number of 5,000 digits, which no document forbids in a field of its own.
    """
    if len(body) > _LARGEST:
        return False
    try:
        json.loads(body)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return True  # no JSON: that is for its checks to say
    except (ValueError, RecursionError):
        return False
    return True


def _response(request: Request, answer: Response, elapsed: float) -> schemathesis.Response:
    fields: dict[str, list[str]] = {}
    for name, value in answer.headers:
        fields.setdefault(name.lower(), []).append(value)
    prepared = requests.Request(request.method, _BASE).prepare()
    return schemathesis.Response(answer.status, fields, answer.body, prepared, elapsed, verify=True)


def _is_refused(request: Request, answer: Response, contract: Contract) -> bool:
    """Whether it is the page of a router or a front that turned the request away, which is no matter of the contract.

    The general checks don't know of those.
    """
    return is_refusal(understand(answer, contract), rule(request.facts, contract), request, answer, contract)


def _made(fixtures: Fixtures, contract: Contract) -> SearchStrategy[Case]:
    """What schemathesis makes of the schema, much of it with valid credentials or the customer's own order held fixed.

    Else hardly a request would get past the credentials: no two free texts are the two right ones.
    """
    client, user = (dict(state.fields(fixtures) or ()) for state in (BY_ANY, VALID_USER))
    owned = {"id": fixtures.owned} if fixtures.owned else {}
    document = with_credentials(contract, API_KEY if fixtures.api_key else AUTHORIZATION)
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config.from_str(_CONFIG))
    operation = cast("Any", schema[contract.path]["GET"])  # its own types are too open for strict checking
    return one_of(
        [
            operation.as_strategy(headers=headers or None, path_parameters=order or None)
            for order in ({}, owned)
            for headers in (client | user, {}, client, user)
        ]
    )


def with_credentials(contract: Contract, client: str) -> dict[str, Any]:
    """The contract with the credentials as header parameters, so that they are made up like any other.

    Args:
        contract: The contract.
        client: The header of the client authorization. One, since with both each request deserves the same (ER803).
    """
    document = copy.deepcopy(dict(contract.document))
    operation = document["paths"][contract.path]["get"]
    del operation["security"]
    for name in (client, USER_AUTHORIZATION):
        operation["parameters"].append({"name": name, "in": "header", "schema": {"type": "string"}})
    return document
