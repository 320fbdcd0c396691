"""The sentences that all reports share, and the text that they make safe."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.helpers.records import any_record, covered, record, result

from btcdirect_conformance.report.summary import (
    Standing,
    by_group,
    caveats,
    counts,
    coverage,
    of_standing,
    quoted,
    source,
    verdict,
)
from btcdirect_conformance.report.text import clip, visible
from btcdirect_conformance.verdict import Level, Outcome, RunRecord, Statement

SKIPPED = result("auth.expired", Outcome.SKIP, reason="the profile has no expired_client_token")
SHOULD = result("http.caching", Outcome.FAIL, level=Level.SHOULD)


@pytest.mark.parametrize(
    ("run", "status", "sentence"),
    [
        (record(result()), 0, "Conforms: 1 case passed."),
        (record(result(), SKIPPED, SHOULD), 0, "Conforms: 1 case passed, 1 warning, 1 skipped."),
        (record(result("a"), result("b", Outcome.EXPECTED)), 0, "Conforms: 1 case passed, 1 known deviation."),
        (record(result("a", Outcome.FAIL)), 1, "Does not conform: 1 case failed."),
        (record(result("a", Outcome.FAIL), result("b", Outcome.FAIL)), 1, "Does not conform: 2 cases failed."),
        (record(SHOULD, strict=True), 1, "Does not conform: 1 case failed (1 SHOULD; --strict)."),
        (
            record(SHOULD, result("a", Outcome.FAIL), strict=True),
            1,
            "Does not conform: 2 cases failed (1 MUST, 1 SHOULD; --strict).",
        ),
        (
            record(result(), SKIPPED, certify=True),
            1,
            "Not certified: a certified run skips nothing, 1 case was skipped.",
        ),
        (record(SKIPPED), 2, "No verdict: nothing was tested, 1 case was skipped."),
        (record(result("a", Outcome.INFO)), 2, "No verdict: nothing was tested."),
        (record(result(), result("b", Outcome.ERROR)), 2, "No verdict: the suite itself broke in 1 case."),
        (record(result(), interrupted=True), 2, "No verdict: the run was interrupted before its end."),
        (record(result("a", Outcome.FAIL), interrupted=True), 1, "Does not conform: 1 case failed."),
    ],
)
def test_the_verdict_says_in_words_what_the_exit_status_says(run: RunRecord, status: int, sentence: str) -> None:
    """For each way that a run can end."""
    assert run.exit_status == status
    assert str(verdict(run)) == sentence


@given(any_record)
def test_every_record_has_a_verdict_that_matches_its_exit_status(run: RunRecord) -> None:
    """No combination of outcomes is left without words, or with the wrong ones."""
    said = verdict(run)
    words = {0: {"Conforms"}, 1: {"Does not conform", "Not certified"}, 2: {"No verdict"}}
    assert said.exit_status == run.exit_status
    assert said.word in words[run.exit_status]


@given(any_record)
def test_a_failure_in_the_reports_fails_the_run(run: RunRecord) -> None:
    """And nothing else does, but that nothing was tested, or that a certified run skips something."""
    assert (run.exit_status == 1) >= bool(of_standing(run, Standing.FAILED))
    assert bool(of_standing(run, Standing.FAILED)) or run.certify or run.exit_status != 1


@given(any_record)
def test_every_result_is_counted_once(run: RunRecord) -> None:
    """In the counts, the groups and the standings."""
    assert sum(counts(run).values()) == len(run.results)
    assert sum(len(members) for members in by_group(run.results).values()) == len(run.results)
    assert len(of_standing(run, *Standing)) == len(run.results)


def test_coverage_says_what_was_not_provoked_and_why() -> None:
    """The sentence of the summary, to the letter."""
    run = record(coverage=covered(ER801="the profile has no expired_client_token"))
    assert coverage(run) == "12 of 13 codes observed; ER801 not provoked: the profile has no expired_client_token"


def test_coverage_says_a_shared_reason_once() -> None:
    """Codes that miss the same fixture stand together."""
    run = record(coverage=covered(ER150="no fixture", ER702="no fixture", ER700="no fixture", ER999="unknown trigger"))
    assert coverage(run) == (
        "9 of 13 codes observed; ER150, ER700 and ER702 not provoked: no fixture; ER999 not provoked: unknown trigger"
    )


def test_full_coverage_is_one_clause() -> None:
    """Nothing is missing, so nothing is added."""
    assert coverage(record()) == "13 of 13 codes observed"


def test_an_interruption_and_rate_limits_come_before_the_notes() -> None:
    """What limits the verdict is said first."""
    assert caveats(record(interrupted=True, rate_limited=1, notes=("A note.",))) == (
        "The run was interrupted: what is missing here was not tested.",
        "The target asked once to slow down (429), and the suite waited.",
        "A note.",
    )


def test_sources_are_named_in_words() -> None:
    """And an RFC with its section as it is."""
    assert source("endpoint-page") == "the endpoint's reference page"
    assert source("RFC 9110, 9.2.1") == "RFC 9110, 9.2.1"
    assert source("assumed", Level.SHOULD) == "assumed by this suite; no document says it"
    assert source("assumed", Level.INFO) == "the documents leave it open"


def test_only_a_document_is_quoted() -> None:
    """A sentence of the suite's own must not look like the vendor's."""
    assert quoted(Statement("Says so.", "endpoint-page")) == "“Says so.”"
    assert quoted(Statement("Ought to.", "assumed")) == "Ought to."


@given(st.text())
def test_visible_text_acts_on_nothing(text: str) -> None:
    """No control, no bidirectional mark, no lone surrogate is left; it can be encoded."""
    shown = visible(text)
    shown.encode("utf-8")
    assert not [char for char in shown if char not in "\n\t" and unicodedata.category(char)[0] == "C"]


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])))
def test_visible_text_keeps_what_is_seen(text: str) -> None:
    """Letters, signs and blanks of any script stay as they are."""
    assert visible(text) == text


def test_invisible_characters_become_escapes() -> None:
    """So that the reader knows that they were there."""
    assert visible("\x1b[2J\u202e\x00\ud800") == r"\x1b[2J\u202e\x00\ud800"


def test_a_clipped_text_says_how_much_is_missing() -> None:
    """And where to find it."""
    assert clip("abc", 3) == "abc"
    assert clip("a" * 1_234_570, 2) == "aa…\n(1,234,568 more characters in report.json)"
