"""From violations to findings: alike ones together, each with its plainest request, nothing secret in them."""

from collections.abc import Iterable, Sequence

from attrs import evolve

from btcdirect_conformance.exchange import Request
from btcdirect_conformance.facts import Order
from btcdirect_conformance.judgement.violation import Violation
from btcdirect_conformance.redaction.redactor import Redactor
from btcdirect_conformance.verdict import CaseResult, Finding, Level, Statement

from . import curl

MOST = 5
"""Findings of one case that are shown; the twentieth way to be wrong helps nobody mend the first."""

_PLAIN = (Order.OWNED, Order.FOREIGN, Order.UNKNOWN)


def findings_of(
    case_id: str,
    level: Level,
    statement: Statement,
    violations: Sequence[Violation],
    *,
    base_url: str,
    redactor: Redactor,
) -> tuple[Finding, ...]:
    """A case's findings, the most frequent first."""
    alike: dict[tuple[str, str], list[Violation]] = {}
    for violation in violations:
        alike.setdefault((violation.expected, redactor.sentence(violation.actual)), []).append(violation)
    groups = sorted(alike.items(), key=lambda group: -len(group[1]))
    findings: list[Finding] = []
    for (expected, actual), members in groups[:MOST]:
        plainest = min(members, key=_oddness)
        findings.append(
            Finding(
                case_id=case_id,
                level=level,
                statement=statement,
                expected=redactor.sentence(expected),
                actual=actual,
                curl=curl.command(plainest.exchange.request, base_url, redactor),
                response=redactor.answer(plainest.exchange.answer),
                occurrences=len(members),
            )
        )
    return tuple(findings)


def _oddness(violation: Violation) -> tuple[bool, int, int]:
    """Orders alike violations: the cases' requests come before what is made up, and the plainest of them first."""
    request = violation.exchange.request
    return request.facts.order not in _PLAIN, len(request.headers), violation.exchange.number


def simplest(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """Of those that were answered alike the one with the fewest faults, by the codes that they deserve."""
    by_answer: dict[str, Violation] = {}
    for violation in sorted(violations, key=lambda one: (len(one.expected), size(one.exchange.request)[1])):
        by_answer.setdefault(violation.actual, violation)
    return tuple(by_answer.values())


def observed(violations: Iterable[Violation], redactor: Redactor) -> str:
    """What a case that is only reported has seen, in a line."""
    seen = dict.fromkeys(redactor.sentence(violation.actual) for violation in violations)
    return "; ".join(seen)


def size(request: Request) -> tuple[int, int]:
    """Orders requests by how much there is to look at."""
    return len(request.headers), len(request.target) + sum(len(value) for _, value in request.headers)


def scrubbed(results: Sequence[CaseResult], redactor: Redactor) -> tuple[CaseResult, ...]:
    """The results redacted once more, by all that is known at the end.

    An access token may have leaked into an answer before the run first saw it where it belongs.
    """
    return tuple(
        evolve(
            result,
            reason=redactor.sentence(result.reason),
            findings=tuple(
                evolve(
                    finding,
                    expected=redactor.sentence(finding.expected),
                    actual=redactor.sentence(finding.actual),
                    response=redactor.known(finding.response),
                )
                for finding in result.findings
            ),
        )
        for result in results
    )
