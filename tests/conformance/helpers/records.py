"""Records of runs for the reports' tests: a small one to vary, a realistic one to look at, and any at all."""

from datetime import UTC, datetime
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.verdict import CaseResult, CodeCoverage, Finding, Level, Outcome, RunRecord, Statement

PAGE = "endpoint-page"


def result(case_id: str = "order.unknown", outcome: Outcome = Outcome.PASS, **changes: Any) -> CaseResult:
    """A case's verdict; a failed one gets a finding."""
    level = changes.pop("level", Level.INFO if outcome is Outcome.INFO else Level.MUST)
    statement = changes.pop("statement", Statement("An order with the supplied id was not found.", PAGE))
    made = CaseResult(
        id=case_id, title=f"What {case_id} is about", level=level, statement=statement, outcome=outcome, requests=1
    )
    made = evolve(made, **changes)
    if outcome in (Outcome.FAIL, Outcome.EXPECTED) and "findings" not in changes:
        made = evolve(made, findings=(finding(case_id, level=level, statement=statement),))
    return made


def finding(case_id: str = "order.unknown", **changes: Any) -> Finding:
    """A deviation with everything that a report shows of it."""
    made = Finding(
        case_id=case_id,
        level=Level.MUST,
        statement=Statement("An order with the supplied id was not found.", PAGE),
        expected="ER035 with a 4xx status",
        actual="200 and a liveness check",
        curl="curl -sS 'http://127.0.0.1:8080/api/v2/buy/99120045/identification/liveness' \\\n"
        '  -H "X-Api-Key: $BTCDIRECT_API_KEY" \\\n'
        '  -H "User-Authorization: Bearer $BTCDIRECT_USER_TOKEN"',
        response='HTTP/1.1 200 OK\ncontent-type: application/json\n\n{"name": "liveness", "status": "pending"}',
    )
    return evolve(made, **changes)


def covered(**unseen: str) -> tuple[CodeCoverage, ...]:
    """The catalogue's codes, all observed but those named with a reason."""
    return tuple(
        CodeCoverage(
            code=row.code,
            message=row.message.value,
            solution=row.solution.value,
            observed=row.code not in unseen,
            statuses=() if row.code in unseen else (500,) if row.code == "ER999" else (400,),
            reason=unseen.get(row.code, ""),
        )
        for row in load_contract().catalogue.values()
    )


def record(*results: CaseResult, **changes: Any) -> RunRecord:
    """A run with these results."""
    made = RunRecord(
        target="http://127.0.0.1:8080",
        started=datetime(2026, 11, 23, 9, 30, 5, tzinfo=UTC),
        seconds=3.25,
        run_id="7f3c9a51",
        seed=20261123,
        suite_version="0.1.0",
        contract_sha256="5be3e0a4c9f0d2b7" * 4,
        strict=False,
        certify=False,
        interrupted=False,
        requests=len(results),
        rate_limited=0,
        results=results or (result(),),
        coverage=covered(),
    )
    return evolve(made, **changes)


NO_EXPIRED = "the profile has no expired_client_token"

_GROUPS = {
    "auth.client": ["absent", "token.valid", "key.valid", "token.invalid", "token.expired", "token.empty"],
    "auth.client.scheme": ["basic", "lower-case", "none"],
    "auth.client.near-miss": ["truncated", "extended", "letter-case", "user-token"],
    "auth.multiple": ["both-valid", "valid-and-invalid", "invalid-and-valid", "both-invalid", "both-empty"],
    "auth.user": ["absent", "valid", "invalid", "empty", "client-token", "other-user"],
    "order": ["owned", "foreign", "unknown", "missing"],
    "order.grammar": [
        "letters",
        "trailing-text",
        "hex",
        "exponent",
        "plus",
        "minus",
        "decimal",
        "blank",
        "nul",
        "dots",
    ],
    "order.grammar.odd": ["arabic-digits", "full-width-digits", "very-long", "encoded-slash", "quotes", "percent"],
    "body": ["type", "required", "envelope", "texts", "keys", "empty-object"],
    "http": ["content-type", "truncated", "coding", "dropped", "redirect", "caching", "methods.head", "methods.post"],
    "pairs": ["auth-and-user", "auth-and-order", "user-and-order"],
    "repeat": ["same-answer", "same-status", "same-texts"],
    "fuzz": ["schema", "headers", "path", "coverage"],
}


def realistic() -> RunRecord:
    """A staging server with every kind of verdict, texts of every length, and a body as long as an error page."""
    results = {
        f"{group}.{name}": result(f"{group}.{name}", seconds=0.031, title=_title(group, name))
        for group, names in _GROUPS.items()
        for name in names
    }

    def put(case_id: str, outcome: Outcome, **changes: Any) -> None:
        results[case_id] = result(case_id, outcome, **{"title": results[case_id].title, **changes})

    trailing = Statement("Order id parameter can only be a number.", PAGE)
    put(
        "order.grammar.trailing-text",
        Outcome.FAIL,
        statement=trailing,
        findings=(
            finding(
                "order.grammar.trailing-text",
                statement=trailing,
                expected="ER034 “Invalid order id parameter.” with a 4xx status",
                actual="200 with the liveness check of order 480213: the text after the digits was ignored",
                curl=_curl("480213abc"),
                response="HTTP/1.1 200 OK\ncontent-type: application/json\ncache-control: no-store, private\n\n"
                '{"name": "liveness", "type": null, "status": "pending", "data": {"accessToken": "[redacted]"}}',
                occurrences=4,
            ),
        ),
    )
    texts = Statement("Provided orderId does not belong to authenticated user.", PAGE)
    put(
        "order.foreign",
        Outcome.FAIL,
        statement=texts,
        findings=(
            finding(
                "order.foreign",
                statement=texts,
                expected="message “Provided orderId does not belong to authenticated user.”",
                actual="message “Provided orderId does not belong to the authenticated user.”",
                curl=_curl("480377"),
                response="HTTP/1.1 403 Forbidden\ncontent-type: application/json\n\n"
                '{"errors": {"ER150": {"code": "ER150", '
                '"message": "Provided orderId does not belong to the authenticated user.", "solution": "Provide an '
                'orderId that belongs to the user."}}}',
            ),
            finding(
                "order.foreign",
                statement=Statement("A list of possible errors for this endpoint.", PAGE),
                expected="every entry under its own code",
                actual="a list where the documents have an object: the entry of ER150 stands under the key “0”",
                curl=_curl("480377"),
                response='HTTP/1.1 403 Forbidden\ncontent-type: application/json\n\n{"errors": [{"code": "ER150"}]}',
                occurrences=2,
            ),
        ),
    )
    must_json = Statement('"When a request fails" the API answers with a 4xx status and the envelope.', "vendor-docs")
    put(
        "http.content-type",
        Outcome.FAIL,
        statement=must_json,
        findings=(
            finding(
                "http.content-type",
                statement=must_json,
                expected="application/json with the envelope",
                actual="500 text/html: the framework's own error page",
                curl=_curl("%00"),
                response="HTTP/1.1 500 Internal Server Error\ncontent-type: text/html\n\n<!DOCTYPE html>\n"
                + "\n".join(f"<div class='trace'>at HttpKernel\\Kernel->handle() (line {n})</div>" for n in range(60)),
                occurrences=11,
            ),
        ),
    )
    caching = Statement("A shared cache must not store a response to a request with Authorization.", "RFC 9111, 3.5")
    put(
        "http.caching",
        Outcome.FAIL,
        level=Level.SHOULD,
        statement=caching,
        findings=(
            finding(
                "http.caching",
                level=Level.SHOULD,
                statement=caching,
                expected="an answer with an access token is not public",
                actual="Cache-Control: public, max-age=600",
                curl=_curl("480213"),
            ),
        ),
    )
    put(
        "repeat.same-status",
        Outcome.EXPECTED,
        reason="one node of the pool still runs 4.1, ticket PAY-2231; accepted until 2027-01-31",
        statement=Statement("The same request deserves the same answer.", "RFC 9110, 9.2.2"),
    )
    for expired in ("auth.client.token.expired", "pairs.auth-and-user"):
        put(expired, Outcome.SKIP, reason=NO_EXPIRED)
    put("auth.user.other-user", Outcome.SKIP, reason="the profile has no other_user_token")
    put("http.methods.post", Outcome.SKIP, reason="unsafe methods are not sent without --allow-unsafe-methods")
    put("order.missing", Outcome.INFO, reason="a missing id ends at the router: 404 text/html")
    put("order.grammar.minus", Outcome.INFO, reason="a negative number counts as a number that no order has: ER035")
    put("auth.client.absent", Outcome.INFO, reason="no client credentials at all: ER802, 401")
    unseen = {"ER801": NO_EXPIRED, "ER033": "a missing id ends at the router: 404 text/html"}
    return record(
        *results.values(),
        target="https://api-sandbox.btcdirect.eu",
        seconds=41.7,
        requests=312,
        rate_limited=3,
        coverage=tuple(
            evolve(row, statuses=(401, 403) if row.code == "ER702" else row.statuses) for row in covered(**unseen)
        ),
        notes=("All answers came from one address.",),
    )


def _title(group: str, name: str) -> str:
    return f"{group.replace('.', ', ')}: {name.replace('-', ' ').replace('.', ', ')}".capitalize()


def _curl(order: str) -> str:
    return (
        f"curl -sS --path-as-is 'https://api-sandbox.btcdirect.eu/api/v2/buy/{order}/identification/liveness' "
        '-H "Authorization: Bearer $BTCDIRECT_CLIENT_TOKEN" -H "User-Authorization: Bearer $BTCDIRECT_USER_TOKEN"'
    )


HOSTILE = (
    "</script></title></style><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\" autofocus "
    "onfocus=window.hacked=1 {{ 7 * 7 }} ]]> [bold red]markup[/] "
    "\x1b[2J\x1b]0;title\x07\x00\x9b31m \u202egnihton\u202c "
    "\ufffe javascript:alert(1) https://tracker.example/pixel.gif"
)
"""What a server may put in its answer to act on whoever reads the report."""


def hostile() -> RunRecord:
    """A run in which every text that can come from a target or a profile is an attack."""
    says = Statement(HOSTILE, HOSTILE)
    attack = finding(HOSTILE, statement=says, expected=HOSTILE, actual=HOSTILE, curl=HOSTILE, response=HOSTILE)
    results = tuple(
        result(HOSTILE, outcome, title=HOSTILE, statement=says, reason=HOSTILE, findings=(attack,), codes=(HOSTILE,))
        for outcome in Outcome
    )
    return record(
        *results,
        target=HOSTILE,
        run_id=HOSTILE,
        coverage=(CodeCoverage(HOSTILE, HOSTILE, HOSTILE, observed=False, reason=HOSTILE),),
        notes=(HOSTILE,),
    )


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
"""Any text that an encoding can write, control characters and markup included."""

_statements = st.builds(Statement, text=texts, source=texts)
_counts = st.integers(0, 10**6)
_seconds = st.floats(0, 10**6)
_statuses = st.lists(st.integers(100, 999), max_size=3).map(tuple)
_findings = st.builds(
    Finding,
    case_id=texts,
    level=st.sampled_from(Level),
    statement=_statements,
    expected=texts,
    actual=texts,
    curl=texts,
    response=texts,
    occurrences=st.integers(1, 10**6),
)
_results = st.builds(
    CaseResult,
    id=texts,
    title=texts,
    level=st.sampled_from(Level),
    statement=_statements,
    outcome=st.sampled_from(Outcome),
    reason=texts,
    findings=st.lists(_findings, max_size=2).map(tuple),
    codes=st.lists(texts, max_size=2).map(tuple),
    requests=_counts,
    seconds=_seconds,
)
_coverage = st.builds(
    CodeCoverage, code=texts, message=texts, solution=texts, observed=st.booleans(), statuses=_statuses, reason=texts
)
any_record = st.builds(
    RunRecord,
    target=texts,
    started=st.datetimes(timezones=st.just(UTC)),
    seconds=_seconds,
    run_id=texts,
    seed=st.integers(0, 2**64 - 1),
    suite_version=texts,
    contract_sha256=texts,
    strict=st.booleans(),
    certify=st.booleans(),
    interrupted=st.booleans(),
    requests=_counts,
    rate_limited=_counts,
    results=st.lists(_results, max_size=4).map(tuple),
    coverage=st.lists(_coverage, max_size=3).map(tuple),
    notes=st.lists(texts, max_size=2).map(tuple),
)
"""Any record of a run."""
