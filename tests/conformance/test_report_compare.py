"""``btcdirect-conformance compare``: targets or dates side by side."""

from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from tests.conformance.helpers.records import covered, hostile, record, result

from btcdirect_conformance.cli.main import main
from btcdirect_conformance.report import compare, json_report
from btcdirect_conformance.report.summary import Standing
from btcdirect_conformance.verdict import Level, Outcome, RunRecord


def _save(folder: Path, *runs: RunRecord) -> list[Path]:
    paths = [folder / f"{number}.json" for number in range(len(runs))]
    for path, run in zip(paths, runs, strict=True):
        path.write_text(json_report.dumps(run), "utf-8")
    return paths


def _run(paths: list[Path], html: Path | None = None) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(["compare", *map(str, paths), *(["--html", str(html)] if html else [])])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


STAGING = record(
    result("order.owned"), result("order.foreign", Outcome.FAIL), target="https://staging.example", coverage=covered()
)
MOCK = record(
    result("order.owned"),
    result("order.foreign"),
    result("fuzz.path"),
    target="http://mock.example:8080",
    coverage=covered(ER801="the profile has no expired_client_token"),
)


def test_cases_that_differ_are_listed_and_no_others(tmp_path: Path) -> None:
    """One verdict against another, or a case that one run did not have."""
    status, out, err = _run(_save(tmp_path, STAGING, MOCK))
    assert (status, err) == (0, "")
    assert "order.foreign" in out
    assert "not in this run" in out
    assert "order.owned" not in out
    assert "The runs differ on 2 of 3 cases." in out


def test_every_code_is_shown_for_every_target(tmp_path: Path) -> None:
    """With its statuses, or that it was not seen."""
    _, out, _ = _run(_save(tmp_path, STAGING, MOCK))
    (line,) = [line for line in out.splitlines() if line.startswith("ER801")]
    assert line.split() == ["ER801", "✓", "400", "○", "no"]


def test_runs_that_agree_are_said_to_agree(tmp_path: Path) -> None:
    """An empty table would leave the reader in doubt."""
    _, out, _ = _run(_save(tmp_path, STAGING, STAGING))
    assert "All runs agree on 2 cases." in out


def test_observations_differ_by_what_was_observed() -> None:
    """Where the documents are silent two servers are both right, and still not alike."""
    bare = result("order.missing", Outcome.INFO, reason="404 from the router")
    coded = result("order.missing", Outcome.INFO, reason="ER033")
    made = compare.compare([(Path("a"), record(bare)), (Path("b"), record(coded))])
    (difference,) = made.differences
    assert [cell and cell.detail for cell in difference.cells] == ["404 from the router", "ER033"]


def test_a_warning_is_no_failure_of_a_strict_run() -> None:
    """The same deviation stands differently in a run with --strict."""
    run = record(result("http.caching", Outcome.FAIL, level=Level.SHOULD))
    strict = record(result("http.caching", Outcome.FAIL, level=Level.SHOULD), strict=True)
    (difference,) = compare.compare([(Path("a"), run), (Path("b"), strict)]).differences
    assert [cell and cell.standing for cell in difference.cells] == [Standing.WARNING, Standing.FAILED]


@pytest.mark.parametrize(
    ("runs", "names"),
    [
        ([STAGING, MOCK], ["staging.example", "mock.example:8080"]),
        (
            [STAGING, record(target=STAGING.target, started=STAGING.started + timedelta(days=1))],
            ["staging.example 2026-11-23 09:30 UTC", "staging.example 2026-11-24 09:30 UTC"],
        ),
        ([STAGING, STAGING], ["staging.example 2026-11-23 09:30 UTC (1)", "staging.example 2026-11-23 09:30 UTC (2)"]),
    ],
    ids=["targets", "dates", "twins"],
)
def test_runs_go_by_what_tells_them_apart(runs: list[RunRecord], names: list[str]) -> None:
    """The target, else the time too, else a number."""
    made = compare.compare([(Path("report.json"), run) for run in runs])
    assert [column.name for column in made.columns] == names


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"format": "har", "log": {}}'])
def test_a_file_that_is_no_report_is_a_usage_error(tmp_path: Path, content: bytes | None) -> None:
    """Exit status 2, the file's name, what is wrong, and nothing on stdout."""
    (good,) = _save(tmp_path, STAGING)
    bad = tmp_path / "bad.json"
    if content is not None:
        bad.write_bytes(content)
    status, out, err = _run([good, bad])
    assert (status, out) == (2, "")
    assert err.startswith("btcdirect-conformance: ")
    assert "bad.json: " in err


def test_one_report_has_nothing_beside_it(tmp_path: Path) -> None:
    """Said, instead of a table with one column."""
    status, _, err = _run(_save(tmp_path, STAGING))
    assert status == 2
    assert "two reports or more" in err


def test_html_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Exit status 2 with the path, no traceback."""
    status, _, err = _run(_save(tmp_path, STAGING, MOCK), tmp_path / "nowhere" / "compare.html")
    assert status == 2
    assert "nowhere/compare.html: No such file or directory" in err


def test_the_html_escapes_what_the_reports_hold(tmp_path: Path) -> None:
    """A report may come from anybody."""
    page = tmp_path / "compare.html"
    status, out, _ = _run(_save(tmp_path, STAGING, hostile()), page)
    assert status == 0
    assert "\x1b" not in out
    text = page.read_text("utf-8")
    assert text.count("<script>") == 1
    assert "<img" not in text
