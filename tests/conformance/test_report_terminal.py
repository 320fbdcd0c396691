"""The terminal view: what is printed, how wide, and what a pipe gets."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tests.conformance.helpers.records import any_record, finding, hostile, realistic, record, result

from btcdirect_conformance.report.console import STYLES
from btcdirect_conformance.report.summary import Standing
from btcdirect_conformance.report.terminal import print_report
from btcdirect_conformance.verdict import Outcome, RunRecord

CHECKOUT = Path(__file__).parents[2]


def _printed(run: RunRecord, *, width: int = 100, verbose: bool = False, colour: bool = False) -> str:
    out = StringIO()
    console = Console(
        file=out, width=width, force_terminal=colour, markup=False, highlight=False, emoji=False, _environ={}
    )
    print_report(run, verbose=verbose, console=console)
    return out.getvalue()


def test_a_failure_shows_all_that_is_needed_to_mend_it() -> None:
    """Id, level, how often, the sentence with its source, expected, actual, curl."""
    says = finding("order.foreign", occurrences=4)
    out = _printed(record(result("order.foreign", Outcome.FAIL, findings=(says,))))
    assert "✗ order.foreign  MUST  seen 4 times" in out
    assert f"“{says.statement.text}”" in out
    assert "the endpoint's reference page" in out
    assert re.search(rf"expected +{re.escape(says.expected)}", out)
    assert re.search(rf"actual +{re.escape(says.actual)}", out)
    assert says.curl in out


def test_a_failure_without_evidence_is_shown_with_its_sentence() -> None:
    """A known deviation that stopped happening fails by its reason alone."""
    gone = result("order.foreign", Outcome.FAIL, reason="expected to fail, and passed", findings=())
    out = _printed(record(gone))
    assert "✗ order.foreign  MUST" in out
    assert "expected to fail, and passed" in out
    assert f"“{gone.statement.text}” (the endpoint's reference page)" in out


def test_a_command_is_never_broken_into_lines() -> None:
    """It has to survive being copied, however narrow the window."""
    curl = f"curl 'http://127.0.0.1:8080/{'9' * 300}'"
    out = _printed(record(result("a.b", Outcome.FAIL, findings=(finding("a.b", curl=curl),))), width=60)
    assert f"  {curl}\n" in out


def test_what_passed_is_counted_by_group() -> None:
    """A reader of a good run reads a dozen lines, not a hundred."""
    out = _printed(record(*(result(f"order.{n}") for n in range(30)), result("auth.user.absent")))
    assert re.search(r"^order +30 *$", out, re.MULTILINE)
    assert re.search(r"^auth +1 *$", out, re.MULTILINE)
    assert re.search(r"^all +31 *$", out, re.MULTILINE)
    assert "order.7" not in out


def test_verbose_lists_every_case_and_the_responses() -> None:
    """Each with its verdict and level."""
    out = _printed(realistic(), verbose=True, width=200)
    for each in realistic().results:
        assert re.search(rf"(MUST|SHOULD|INFO) +{re.escape(each.id)} ", out)
    assert "HTTP/1.1 403 Forbidden" in out


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_codes_are_listed_with_their_status_or_why_not(width: int) -> None:
    """All thirteen, at any width."""
    out = _printed(realistic(), width=width)
    assert len(re.findall(r"^ER\d{3} +(?:✓ yes|○ no)", out, re.MULTILINE)) == 13
    assert re.search(r"ER702 +✓ yes +401, 403", out)
    assert re.search(r"ER801 +○ no +the profile has no", out)


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_window(width: int, verbose: bool) -> None:
    """But the commands, which the terminal wraps itself."""
    lines = _printed(realistic(), width=width, verbose=verbose).splitlines()
    assert [line for line in lines if len(line) > width and "curl" not in line] == []


@pytest.mark.parametrize(
    ("run", "last"),
    [
        (record(), "Conforms: 1 case passed."),
        (record(result("a", Outcome.FAIL)), "Does not conform: 1 case failed."),
        (record(result("a", Outcome.SKIP, reason="why")), "No verdict: nothing was tested, 1 case was skipped."),
    ],
)
def test_the_last_line_is_the_verdict(run: RunRecord, last: str) -> None:
    """Whoever reads a log reads its end."""
    assert _printed(run).splitlines()[-1] == last


def test_what_is_not_judged_is_said_with_its_reason() -> None:
    """Skips, known deviations, observations and errors of the suite; a shared reason once."""
    why = "the profile has no expired_client_token"
    out = _printed(
        record(
            result("auth.a", Outcome.SKIP, reason=why),
            result("auth.b", Outcome.SKIP, reason=why),
            result("order.c", Outcome.EXPECTED, reason="until 2027-01-31"),
            result("order.d", Outcome.INFO, reason="ends at the router"),
            result("order.e", Outcome.ERROR, reason="ZeroDivisionError"),
        )
    )
    assert out.count(why) == 1
    for heading, reason in (
        ("Known deviations", "until 2027-01-31"),
        ("Left open by the documents", "ends at the router"),
        ("The suite broke", "ZeroDivisionError"),
    ):
        assert re.search(rf"{heading}\n.*{reason}", out)


@pytest.mark.parametrize(("verbose", "named"), [(False, 11), (True, 100)])
def test_a_hundred_skips_for_one_reason(verbose: bool, named: int) -> None:
    """The first ones are named and the rest counted, unless everything was asked for."""
    skips = [result(f"order.c{number}", Outcome.SKIP, reason="why") for number in range(100)]
    before, _, _ = _printed(record(*skips), verbose=verbose).partition("verdict")
    assert len(re.findall(r"order\.c\d+", before)) == named
    assert ("and 89 more" in before) is not verbose


def test_colour_only_repeats_what_words_say() -> None:
    """Without its control codes the coloured text is the plain text."""
    coloured = _printed(realistic(), colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == _printed(realistic())
    assert set(STYLES) == set(Standing)
    assert len({each.symbol for each in Standing}) == len(Standing)


def test_hostile_text_does_not_reach_the_terminal() -> None:
    """No control sequence gets through, no markup is taken for style."""
    out = _printed(hostile(), verbose=True)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", out)
    assert r"\x1b[2J" in out
    assert "[bold red]markup[/]" in out


def test_a_huge_finding_does_not_flood_the_terminal() -> None:
    """It is cut, and says where the rest is."""
    huge = finding("a.b", actual="x" * 1_000_000, response="y" * 1_000_000)
    out = _printed(record(result("a.b", Outcome.FAIL, findings=(huge,))), verbose=True)
    assert len(out) < 20_000
    assert out.count("more characters in report.json") == 2


@given(any_record, st.sampled_from([60, 80, 200]), st.booleans())
def test_any_record_can_be_printed(run: RunRecord, width: int, verbose: bool) -> None:
    """And always ends with a verdict."""
    assert _printed(run, width=width, verbose=verbose).splitlines()[-1]


def _as_a_program(**environment: str) -> bytes:
    """What ``print_report`` writes to a pipe."""
    code = (
        "from tests.conformance.helpers.records import realistic\n"
        "from btcdirect_conformance.report.terminal import print_report\n"
        "print_report(realistic())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, env={**os.environ, **environment}, capture_output=True, check=True
    )
    assert done.stderr == b""
    return done.stdout


def test_a_pipe_gets_plain_text() -> None:
    """No control code, in whatever colours the terminal would have it."""
    out = _as_a_program(PYTHONIOENCODING="utf-8", TERM="xterm-256color")
    assert b"\x1b" not in out
    assert out.decode().splitlines()[-1] == "Does not conform: 3 cases failed."


def test_a_width_that_nobody_knows() -> None:
    """Some terminals and CI servers say COLUMNS=0."""
    assert _as_a_program(PYTHONIOENCODING="utf-8", COLUMNS="0") == _as_a_program(PYTHONIOENCODING="utf-8", COLUMNS="80")


def test_an_encoding_without_the_symbols_is_no_crash() -> None:
    """A Windows code page, or LANG=C."""
    out = _as_a_program(PYTHONIOENCODING="ascii")
    assert out.decode("ascii").splitlines()[-1] == "Does not conform: 3 cases failed."
    assert b"+ yes" in out
    assert b"? yes" not in out


def test_every_mark_has_a_plain_one() -> None:
    """Two marks that mean different things stay different where an encoding has neither."""
    plain = [standing.symbol.encode("ascii", "btcdirect-conformance") for standing in Standing]
    assert len(set(plain)) == len(plain)
    assert b"?" not in plain


def test_a_reader_that_goes_away_does_not_change_the_exit_status() -> None:
    """``run | head`` under pipefail must not look like a server that does not conform."""
    reader, theirs = os.pipe()
    os.close(reader)
    code = (
        "from tests.conformance.helpers.records import realistic, record\n"
        "from btcdirect_conformance.report.terminal import print_report\n"
        "print_report(realistic(), verbose=True)\n"
        "raise SystemExit(record().exit_status)"
    )
    try:
        done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, stdout=theirs, stderr=subprocess.PIPE)
    finally:
        os.close(theirs)
    assert (done.returncode, done.stderr) == (0, b"")


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal, and still no colour."""
    monkeypatch.setenv("NO_COLOR", "1")
    out = StringIO()
    print_report(realistic(), console=Console(file=out, force_terminal=True, width=100, markup=False, highlight=False))
    colours = re.findall(r"\x1b\[([\d;]*)m", out.getvalue())
    assert not [code for sequence in colours for code in sequence.split(";") if code and int(code) >= 30]


def test_the_start_is_told_in_utc() -> None:
    """Reports of one run agree, wherever they are drawn."""
    run = record()
    moved = evolve(run, started=run.started.astimezone())
    assert "2026-11-23 09:30 UTC" in _printed(moved)
