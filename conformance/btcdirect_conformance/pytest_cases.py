"""The test of the plugin, one for each case: the run's verdict as pytest's."""

from collections.abc import Iterator
from typing import cast

import pytest

from .verdict import CaseResult, Finding, Outcome, RunRecord


def test_conformance(btcdirect_case: str, btcdirect_record: RunRecord, request: pytest.FixtureRequest) -> None:
    """One case's verdict as pytest's: a deviation from a SHOULD is an expected failure unless strict."""
    result = next((each for each in btcdirect_record.results if each.id == btcdirect_case), None)
    if result is None:
        pytest.skip("left out of this run")
    # Not by record_property, which warns of pytest's default XML once a test.
    test = cast("pytest.Item", request.node)  # pyright: ignore[reportUnknownMemberType]
    test.user_properties.append(("btcdirect_level", str(result.level)))
    match result.outcome:
        case Outcome.PASS:
            return
        case Outcome.INFO:
            test.user_properties.append(("btcdirect_observed", result.reason))
        case Outcome.SKIP:
            pytest.skip(result.reason)
        case Outcome.EXPECTED:
            pytest.xfail(result.reason)
        case Outcome.FAIL if not result.fails(strict=btcdirect_record.strict):
            pytest.xfail("\n".join(_explained(result)))
        case Outcome.FAIL | Outcome.ERROR:
            pytest.fail("\n".join(_explained(result)), pytrace=False)


def _explained(result: CaseResult) -> Iterator[str]:
    yield f"{result.id} ({result.level}): {result.title}"
    yield f'"{result.statement.text}" ({result.statement.source})'
    if result.reason:
        yield result.reason
    for finding in result.findings:
        yield from _shown(finding)


def _shown(finding: Finding) -> Iterator[str]:
    yield ""
    yield f"expected: {finding.expected}"
    yield f"actual:   {finding.actual}"
    yield finding.curl
    yield finding.response
