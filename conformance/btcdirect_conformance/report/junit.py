"""``junit.xml``: what CI servers show, a testcase a case."""

from collections.abc import Iterator
from io import BytesIO

from junitparser import Error, Failure, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite

from btcdirect_conformance.verdict import CaseResult, Finding, RunRecord

from .summary import Standing, by_group, caveats, coverage, quoted, source, standing, verdict
from .text import clip, visible

_BODY = 4_000
"""How many characters of a response a testcase carries; CI servers read the file into memory."""


def dumps(record: RunRecord) -> str:
    """The report as JUnit XML: a suite a group, in it a testcase a case with its level and reason as properties.

    A failed SHOULD is a failure of the file only where it fails the run; otherwise its text stands in ``system-out``. A
    run that fails, or has no verdict, though no case does is a testcase of its own.
    """
    document = JUnitXml("btcdirect-conformance")
    for group, results in by_group(record.results).items():
        suite = TestSuite(visible(group))
        suite.timestamp = record.started.isoformat(timespec="seconds")
        suite.hostname = visible(record.target)
        for name, value in _facts(record):
            suite.add_property(name, visible(value))
        for result in results:
            suite.add_testcase(_testcase(record, result))
        document.add_testsuite(suite)
    if record.exit_status and not any(_fails(record, result) for result in record.results):
        document.add_testsuite(_run(record))
    document.update_statistics()  # type: ignore[no-untyped-call]
    written = BytesIO()
    document.write(written)  # pyright: ignore[reportUnknownMemberType]
    return written.getvalue().decode("utf-8")


def _run(record: RunRecord) -> TestSuite:
    """A testcase for the run itself, where every case is fine and the run is not: a CI server reads nothing else."""
    said = str(verdict(record))
    case = TestCase("run.verdict", classname="btcdirect_conformance.run")
    case.result = [Failure(said, "certify") if record.exit_status == 1 else Error(said, "run")]
    suite = TestSuite("run")
    suite.add_testcase(case)
    return suite


def _fails(record: RunRecord, result: CaseResult) -> bool:
    return standing(result, strict=record.strict) in (Standing.FAILED, Standing.ERROR)


def _facts(record: RunRecord) -> Iterator[tuple[str, str]]:
    yield "target", record.target
    yield "verdict", str(verdict(record))
    yield "coverage", coverage(record)
    yield "run_id", record.run_id
    yield "seed", str(record.seed)
    yield "suite_version", record.suite_version
    yield "contract_sha256", record.contract_sha256
    for caveat in caveats(record):
        yield "note", caveat


def _testcase(record: RunRecord, result: CaseResult) -> TestCase:
    each = standing(result, strict=record.strict)
    case = TestCase(visible(result.id), classname=f"btcdirect_conformance.{visible(result.id.rpartition('.')[0])}")
    case.time = result.seconds
    properties = Properties()  # type: ignore[no-untyped-call]
    for name, value in (
        ("level", str(result.level)),
        ("outcome", str(result.outcome)),
        ("title", result.title),
        ("statement", result.statement.text),
        ("source", result.statement.source),
        ("reason", result.reason),
    ):
        if value:
            properties.add_property(Property(name, visible(value)))
    case.append(properties)  # type: ignore[no-untyped-call]  # pyright: ignore[reportUnknownMemberType]
    said = visible("\n\n".join(_evidence(finding) for finding in result.findings))
    child = _child(each, result)
    if child is not None:
        child.text = said or visible(result.reason)
        case.result = [child]
    elif each is not Standing.PASSED:
        case.system_out = f"{each.value}: {visible(result.reason)}\n{said}".strip()
    return case


def _child(each: Standing, result: CaseResult) -> Failure | Error | Skipped | None:
    summary = visible(result.findings[0].actual if result.findings else result.reason or result.title)
    match each:
        case Standing.FAILED:
            return Failure(summary, str(result.level))
        case Standing.ERROR:
            return Error(summary, "suite")
        case Standing.SKIPPED:
            return Skipped(summary)
        case _:
            return None


def _evidence(finding: Finding) -> str:
    return "\n".join(
        (
            f"{finding.level}  {quoted(finding.statement)} ({source(finding.statement.source)})",
            f"expected: {finding.expected}",
            f"actual:   {finding.actual}",
            f"curl:     {finding.curl}",
            "response:",
            clip(finding.response, _BODY),
        )
    )
