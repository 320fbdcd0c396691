"""Schemathesis as the second layer over the same contract: its examples, coverage and fuzzing phases.

It generates and shrinks; the requests go out through the run's own session, so that budget, pace and redaction hold,
and the oracle is one of its checks. Its own output is never used: it shows response bodies, and so access tokens.
"""

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import requests
import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.core.transport import Response as Answer
from schemathesis.engine import events, from_schema
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.schemas import OpenApiSchema
from schemathesis.transport.requests import RequestsTransport

from .bridge import Bridge
from .classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION, read_facts
from .contract import Contract
from .exchange import Exchange, Fault, Request
from .facts import Fixtures
from .limits import Effort, NotSent
from .oracle import is_refusal, judge, rule, understand
from .session import Session
from .violation import Violation

_BASE = "http://127.0.0.1:0"
"""Stands for the target inside schemathesis. Nothing can be sent there, by its own probes either."""

_LARGEST = 65_536
"""Bytes of a body that schemathesis gets to see. It writes the whole body into each error of its schema: an envelope of
many wrong entries has filled a machine's memory so."""

_SENT_BY_SCHEMATHESIS = frozenset(
    {"user-agent", "accept", "accept-encoding", "connection", "content-length", "x-schemathesis-testcaseid"}
)
"""What it adds of itself. The run's own transport says these for all requests alike."""

# Checks of schemathesis that fail correct servers here, and are off:
#   ignored_auth              takes only 401, 403 and redirects for a refusal; the documents give 400 for ER801
#   missing_required_header   the same with 401 and 406 for ER700, whose status is open
#   positive_data_acceptance  an id that fits the schema and names no order is ER035, not a success
#   negative_data_rejection   every text fits the schema of the id; what is no number is the oracle's matter
#   unsupported_method        demands 405; a router may answer 404
#   allow_header_conformance  demands Allow with every 405; the documents say nothing of other methods
#   not_a_server_error        ER999 may come with a 5xx status; the oracle judges it
# What stays checks answers against the contract: status, content type, headers, schema.
_CONFIG = """
seed = {seed}
workers = 1
base-url = "{base}"
[cache]
enabled = false
[generation]
max-examples = {examples}
database = "none"
with-security-parameters = false
unique-inputs = true
maximize = []
mode = "positive"
[phases.stateful]
enabled = false
[phases.coverage]
unexpected-methods = {methods}
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
[checks.btcdirect_oracle]
enabled = true
"""


async def generic(session: Session, fixtures: Fixtures, contract: Contract, effort: Effort) -> Sequence[Violation]:
    """Judges the answers to requests that schemathesis makes of the schema.

    Raises:
        NotSent: A limit ended it before it found anything.
    """
    target = _Target(Bridge(session), fixtures, contract)
    try:
        await target.bridge.run(lambda: target.explore(effort, unsafe=session.unsafe_allowed))
    except NotSent:
        if not target.violations:
            raise
    return target.violations


class _Target(RequestsTransport):
    """The target as schemathesis sees it: a transport that sends through the run's session."""

    def __init__(self, bridge: Bridge, fixtures: Fixtures, contract: Contract) -> None:
        super().__init__()
        self.bridge = bridge
        self.fixtures = fixtures
        self.contract = contract
        self.violations: list[Violation] = []
        self._exchanges: dict[str, Exchange] = {}

    def explore(self, effort: Effort, *, unsafe: bool) -> None:
        """Runs the engine to its end, and collects what its checks found.

        Raises:
            Exception: What broke inside it.
        """
        methods = ["OPTIONS", *(["POST", "PUT", "PATCH", "DELETE"] if unsafe else [])]
        text = _CONFIG.format(seed=effort.seed, base=_BASE, examples=effort.requests, methods=methods)
        document = with_credentials(self.contract, self.fixtures)
        schema = _Schema(document, config=schemathesis.Config.from_str(text).projects.get(document))
        schema.target = self
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                for case_id, checks in event.recorder.checks.items():
                    for check in checks:
                        if check.failure_info is not None:
                            self.violations += self._violations(case_id, check.failure_info.failure)
            elif isinstance(event, events.NonFatalError) and not isinstance(event.value, _Unanswered):
                raise event.value

    def send(self, case: Case[Any], *, session: requests.Session | None = None, **kwargs: Any) -> Answer:  # noqa: ARG002
        """Sends what schemathesis made through the run's session."""
        data: dict[str, Any] = self.serialize_case(case, **kwargs)  # pyright: ignore[reportUnknownMemberType]
        headers = tuple(
            (name, value if isinstance(value, str) else value.decode("latin-1"))
            for name, value in data["headers"].items()
            if name.lower() not in _SENT_BY_SCHEMATHESIS
        )
        target = "/" + data["url"].removeprefix(_BASE).lstrip("/")
        facts = read_facts(data["method"], target, headers, self.fixtures)
        if facts is None:
            raise requests.exceptions.InvalidURL(target)
        exchange = self.bridge.send(Request(data["method"], target, headers, facts))
        self._exchanges[case.id] = exchange
        # What is wrong with it is judged where all exchanges are looked at.
        if isinstance(exchange.answer, Fault):
            raise _Unanswered(exchange.answer.kind)
        if len(exchange.answer.body) > _LARGEST:
            raise _Unanswered("too large")
        fields: dict[str, list[str]] = {}
        for name, value in exchange.answer.headers:
            fields.setdefault(name.lower(), []).append(value)
        prepared = requests.Request(data["method"], data["url"], headers=data["headers"]).prepare()
        return Answer(exchange.answer.status, fields, exchange.answer.body, prepared, exchange.elapsed, verify=True)

    def judged(self, case: Case[Any]) -> tuple[Violation, ...]:
        """What the oracle says to the answer of a case."""
        exchange = self._exchanges.get(case.id)
        violations = () if exchange is None else judge(exchange, self.contract)
        self.bridge.found = self.bridge.found or bool(violations)
        return violations

    def _violations(self, case_id: str, failure: Failure) -> Iterator[Violation]:
        exchange = self._exchanges.get(case_id)
        if exchange is None or isinstance(exchange.answer, Fault):
            return
        if isinstance(failure, _OracleFailure):
            yield from judge(exchange, self.contract)
            return
        # The general checks don't know what is no matter of the contract: another method than its own, and the page of
        # a router or a front that turned the request away before the application saw it.
        request, answer = exchange.request, understand(exchange.answer, self.contract)
        ruling = rule(request.facts, self.contract)
        if request.method == "GET" and not is_refusal(answer, ruling, request, exchange.answer, self.contract):
            found = " ".join(failure.message.split())
            yield Violation("schema", f"an answer as the contract describes it ({failure.title})", found, exchange)


class _Unanswered(requests.ConnectionError):
    """There is no whole answer."""


class _Schema(OpenApiSchema):
    target: _Target

    @property
    def transport(self) -> _Target:
        return self.target


class _OracleFailure(Failure):
    """The oracle's verdict, in the form that makes schemathesis shrink the request."""


@schemathesis.check
def btcdirect_oracle(ctx: object, response: Answer, case: Case[Any]) -> None:  # noqa: ARG001
    """The oracle as one of schemathesis's checks. Other schemas in the same process are none of its business."""
    schema = case.operation.schema
    if isinstance(schema, _Schema) and (violations := schema.target.judged(case)):
        raise _OracleFailure(operation=case.operation.label, message=violations[0].expected)


def with_credentials(contract: Contract, fixtures: Fixtures) -> dict[str, Any]:
    """The contract with the credentials as header parameters and the profile's fixtures as examples.

    Schemathesis would otherwise set the headers of security schemes itself, over those of a case that is wrong on
    purpose.
    """
    document = copy.deepcopy(dict(contract.document))
    operation = document["paths"][contract.path]["get"]
    del operation["security"]
    (parameter,) = operation["parameters"]
    orders = [order for order in (fixtures.owned, fixtures.foreign, fixtures.unknown) if order]
    if orders:
        parameter["examples"] = {order: {"value": order} for order in orders}
    valid = {
        API_KEY: fixtures.api_key,
        AUTHORIZATION: fixtures.client_token and f"Bearer {fixtures.client_token}",
        USER_AUTHORIZATION: fixtures.user_token and f"Bearer {fixtures.user_token}",
    }
    # One client authorization: with both, every request would get the same answer (ER803).
    del valid[AUTHORIZATION if fixtures.api_key else API_KEY]
    for name, value in valid.items():
        # Right about as often as wrong, and sometimes left out: an id is looked at only after the credentials.
        schema: dict[str, Any] = {"anyOf": [{"enum": [value]}, {"type": "string"}]} if value else {"type": "string"}
        example = {"example": value} if value else {}
        operation["parameters"].append({"name": name, "in": "header", "schema": schema, **example})
    return document
