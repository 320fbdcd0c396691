"""``junit.xml``: read back as a CI server reads it."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from junitparser import JUnitXml, TestCase
from tests.conformance.helpers.records import any_record, finding, hostile, realistic, record, result

from btcdirect_conformance.report import junit
from btcdirect_conformance.verdict import CaseResult, Level, Outcome, RunRecord


def _only(case: CaseResult, *, strict: bool = False) -> ElementTree.Element:
    root = ElementTree.fromstring(junit.dumps(record(case, strict=strict)))  # noqa: S314 - our own
    return next(root.iter("testcase"))


def _properties(testcase: ElementTree.Element) -> dict[str | None, str | None]:
    return {each.get("name"): each.get("value") for each in testcase.iter("property")}


def test_there_is_a_testcase_for_every_case() -> None:
    """By its id, in a suite of its group, and the totals are right."""
    run = realistic()
    document = JUnitXml.fromstring(junit.dumps(run).encode())
    assert {case.name for suite in document for case in suite} == {each.id for each in run.results}
    assert [suite.name for suite in document] == ["auth", "order", "body", "http", "pairs", "repeat", "fuzz"]
    assert (document.tests, document.failures, document.errors, document.skipped) == (len(run.results), 3, 0, 4)


@pytest.mark.parametrize(
    ("run", "kind", "message"),
    [
        (record(undecided="the target answered 429"), "error", "No verdict: the target answered 429."),
        (record(interrupted=True), "error", "No verdict: the run was interrupted before its end."),
        (record(result("a.b", Outcome.SKIP)), "error", "No verdict: nothing was tested, 1 case was skipped."),
        (
            record(result("a.a"), result("a.b", Outcome.SKIP), certify=True),
            "failure",
            "Not certified: a certified run skips nothing, 1 case was skipped.",
        ),
    ],
)
def test_a_run_without_a_verdict_is_no_green_file(run: RunRecord, kind: str, message: str) -> None:
    """Where every case is fine and the run is not, the run is a testcase that says so."""
    root = ElementTree.fromstring(junit.dumps(run))  # noqa: S314 - our own
    (last,) = root.findall("testsuite[@name='run']/testcase")
    (child,) = last
    assert (last.get("name"), child.tag, child.get("message")) == ("run.verdict", kind, message)


def test_a_case_that_fails_says_enough() -> None:
    """Then the run is no testcase beside it."""
    root = ElementTree.fromstring(junit.dumps(record(result("a.b", Outcome.FAIL), undecided="x")))  # noqa: S314 - our own
    assert [case.get("name") for case in root.iter("testcase")] == ["a.b"]


def test_level_and_reason_are_properties() -> None:
    """With the sentence that the case rests on, and its source."""
    properties = _properties(_only(result("auth.expired", Outcome.SKIP, reason="no expired_client_token")))
    assert properties["level"] == "MUST"
    assert properties["reason"] == "no expired_client_token"
    assert properties["statement"] == "An order with the supplied id was not found."
    assert properties["source"] == "endpoint-page"


@pytest.mark.parametrize(
    ("outcome", "level", "strict", "child"),
    [
        (Outcome.PASS, Level.MUST, False, None),
        (Outcome.FAIL, Level.MUST, False, "failure"),
        (Outcome.FAIL, Level.SHOULD, False, "system-out"),
        (Outcome.FAIL, Level.SHOULD, True, "failure"),
        (Outcome.SKIP, Level.MUST, False, "skipped"),
        (Outcome.INFO, Level.INFO, False, "system-out"),
        (Outcome.EXPECTED, Level.MUST, False, "system-out"),
        (Outcome.ERROR, Level.MUST, False, "error"),
    ],
)
def test_an_outcome_becomes_what_ci_servers_know(
    outcome: Outcome, level: Level, strict: bool, child: str | None
) -> None:
    """Only what fails the run is a failure of the file."""
    testcase = _only(result("a.b", outcome, level=level, reason="why"), strict=strict)
    assert [each.tag for each in testcase if each.tag != "properties"] == ([child] if child else [])


def test_a_failure_carries_its_evidence() -> None:
    """Sentence, source, expected, actual, curl and response."""
    text = "".join(_only(result("a.b", Outcome.FAIL)).itertext())
    shown = finding("a.b")
    for part in (shown.statement.text, shown.expected, shown.actual, shown.curl, shown.response):
        assert part in text
    assert "the endpoint's reference page" in text


def test_a_huge_response_is_cut() -> None:
    """CI servers hold the whole file in memory."""
    huge = result("a.b", Outcome.FAIL, findings=(finding("a.b", response="x" * 5_000_000),))
    assert len(junit.dumps(record(huge))) < 20_000


@given(any_record)
def test_any_record_is_well_formed_xml(run: RunRecord) -> None:
    """Whatever a target sent."""
    document = JUnitXml.fromstring(junit.dumps(run).encode())
    cases = [case for suite in document for case in suite if isinstance(case, TestCase)]
    assert sum(case.classname != "btcdirect_conformance.run" for case in cases) == len(run.results)


def test_hostile_text_is_only_text() -> None:
    """No character that XML forbids, no element that is not ours."""
    text = junit.dumps(hostile())
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", text)
    tags = {each.tag for each in ElementTree.fromstring(text).iter()}  # noqa: S314 - our own
    assert tags == {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped", "system-out",
    }  # fmt: skip
