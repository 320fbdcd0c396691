"""What a case's findings are made of: alike violations together, and which of them comes first."""

from collections.abc import Sequence

import pytest
from attrs import evolve
from tests.conformance.helpers.toy import answer, exchange, request

from btcdirect_conformance.cases.combination import SAMPLE
from btcdirect_conformance.exchange import Request
from btcdirect_conformance.findings.grouping import MOST, findings_of, observed, scrubbed, simplest
from btcdirect_conformance.judgement.violation import ANSWER, Violation
from btcdirect_conformance.redaction.redactor import Redactor
from btcdirect_conformance.verdict import CaseResult, Finding, Level, Outcome, Statement

STATEMENT = Statement("Says so.", "endpoint-page")
PUBLIC = Redactor({})


def violation(actual: str, expected: str = "ER035", of: Request | None = None, number: int = 1) -> Violation:
    """A deviation."""
    return Violation(ANSWER, expected, actual, exchange(answer({"at": number}), of, number))


def found(violations: Sequence[Violation], redactor: Redactor = PUBLIC) -> tuple[Finding, ...]:
    """The findings of a case."""
    return findings_of("a.case", Level.MUST, STATEMENT, violations, base_url="http://target", redactor=redactor)


def test_the_most_frequent_finding_comes_first() -> None:
    """Whatever came first; those that are as frequent stay in the order in which they came."""
    violations = [violation(actual) for actual in ("once", "thrice", "other", "thrice", "twice", "thrice", "twice")]

    assert [(one.actual, one.occurrences) for one in found(violations)] == [
        ("thrice", 3),
        ("twice", 2),
        ("once", 1),
        ("other", 1),
    ]


def test_no_more_findings_than_help() -> None:
    """The most frequent ones are kept, however late they came."""
    ways = [f"way {number}" for number in range(MOST + 3)]
    violations = [violation(actual) for actual in (*ways, ways[-1])]

    assert [one.actual for one in found(violations)] == [ways[-1], *ways[: MOST - 1]]


def test_what_differs_in_its_expectation_is_another_finding() -> None:
    """The same answer can be wrong in two ways."""
    assert [one.expected for one in found([violation("200", "ER035"), violation("200", "ER150")])] == ["ER035", "ER150"]


def test_what_differs_in_a_secret_alone_is_one_finding() -> None:
    """It is grouped as it is shown."""
    redactor = Redactor({"api_key": "k7qx9az2mwtt4", "user_token": "u3hy6plq8rvv1"})
    (one,) = found([violation("has k7qx9az2mwtt4"), violation("has k7qx9az2mwtt4")], redactor)

    assert "k7qx9az2mwtt4" not in repr(one)
    assert one.occurrences == 2


@pytest.mark.parametrize(
    ("plainer", "odder"),
    [
        (request("480213"), request("4e5", key=None, user=None)),
        (request(SAMPLE.foreign or ""), request("4e5", key=None, user=None)),
        (request(SAMPLE.unknown or ""), request("4e5", key=None, user=None)),
        (request("480213", user=None), request("480213")),
    ],
    ids=["owned", "foreign", "unknown", "fewer-headers"],
)
def test_the_plainest_request_is_shown(plainer: Request, odder: Request) -> None:
    """A plain order before one that was made up, then the fewest headers; whatever was sent or came first."""
    late, early = violation("200", of=plainer, number=9), violation("200", of=odder, number=1)

    assert found([late, early])[0].curl == found([early, late])[0].curl == found([late])[0].curl


def test_of_alike_requests_the_first_is_shown() -> None:
    """With its answer."""
    (one,) = found([violation("200", number=9), violation("200", number=8)])

    assert '"at": 8' in one.response


def test_the_fewest_faults_stand_for_all_that_were_answered_alike() -> None:
    """By the codes that they deserve; of as many by what there is to read."""
    short, long = request("480213"), request("480213" * 9)
    violations = [
        violation("500", "one of ER035, ER150"),
        violation("500", "ER035", long),
        violation("500", "ER035", short),
        violation("200", "one of ER035, ER150"),
    ]

    assert simplest(violations) == (violations[2], violations[3])


def test_what_was_seen_is_said_once() -> None:
    """In the order in which it was seen."""
    assert observed([violation("404"), violation("400"), violation("404")], PUBLIC) == "404; 400"


def test_what_was_learnt_late_is_taken_out_of_all() -> None:
    """Reason, expectation, answer and what was there: none keeps a token that the run saw later where it belongs."""
    late = "act-7c2m9x4k1q8z5"
    finding = Finding("a.case", Level.MUST, STATEMENT, f"not {late}", f"has {late}", "curl", f"body {late}", 1)
    result = CaseResult("a.case", "Title", Level.MUST, STATEMENT, Outcome.FAIL, f"for {late}", findings=(finding,))
    redactor = Redactor({"user_token": late})

    (clean,) = scrubbed([result], redactor)
    assert late not in repr(clean)
    assert (clean.id, len(clean.findings)) == ("a.case", 1)
    assert scrubbed([evolve(result, reason="for nothing", findings=())], redactor)[0].reason == "for nothing"
