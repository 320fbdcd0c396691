"""Known deviations: expected, expired, or no longer there."""

from datetime import date

import pytest
from attrs import evolve

from btcdirect_conformance.findings.expectations import applied, checked
from btcdirect_conformance.profile import ExpectedDeviation, ProfileError
from btcdirect_conformance.verdict import CaseResult, Level, Outcome, Statement

ENTRY = ExpectedDeviation("order.foreign", "ticket 12", date(2030, 12, 31))
FAILED = CaseResult("order.foreign", "A title", Level.SHOULD, Statement("A sentence.", "vendor-docs"), Outcome.FAIL)


def after(result: CaseResult, today: date) -> CaseResult:
    """The result with the entry applied."""
    (found,) = applied([result], {ENTRY.case: ENTRY}, today)
    return found


def test_expected() -> None:
    """A known deviation is expected until the end of its day, with the reason."""
    found = after(FAILED, ENTRY.expires)
    assert found.outcome is Outcome.EXPECTED
    assert found.reason == "ticket 12 (known until 2030-12-31)"


def test_expired() -> None:
    """The day after, it fails again, and says since when."""
    found = after(FAILED, date(2031, 1, 1))
    assert found.outcome is Outcome.FAIL
    assert "2030-12-31" in found.reason
    assert "ticket 12" in found.reason


@pytest.mark.parametrize("today", [date(2030, 1, 1), date(2031, 1, 1)])
def test_no_longer_there(today: date) -> None:
    """A deviation that stopped happening fails at any level, expired or not, and says what to remove."""
    found = after(evolve(FAILED, outcome=Outcome.PASS), today)
    assert (found.outcome, found.level) == (Outcome.FAIL, Level.MUST)
    assert "remove it from expected_deviations" in found.reason


@pytest.mark.parametrize("outcome", [Outcome.SKIP, Outcome.ERROR])
def test_not_judged(outcome: Outcome) -> None:
    """A case that was not judged says nothing about its deviation."""
    result = evolve(FAILED, outcome=outcome, reason="why")
    assert after(result, date(2030, 1, 1)) == result


def test_others_stay() -> None:
    """Results without an entry stay as they are."""
    other = evolve(FAILED, id="order.unknown")
    assert applied([other], {ENTRY.case: ENTRY}, date(2030, 1, 1)) == (other,)


@pytest.mark.parametrize(
    ("cases", "problem"),
    [
        (["order.foriegn"], "order.foriegn is no case: did you mean order.foreign?"),
        (["zzz"], "zzz is no case: see btcdirect-conformance cases"),
        (["open.status"], "open.status is only reported and never fails"),
        (["order.foreign", "order.foreign"], "order.foreign is there twice"),
    ],
)
def test_entry_that_cannot_be(cases: list[str], problem: str) -> None:
    """An entry that names no case, one that can't fail, or one twice, is a mistake of the profile."""
    entries = [evolve(ENTRY, case=case) for case in cases]
    with pytest.raises(ProfileError) as caught:
        checked(entries, {"order.foreign": Level.MUST, "open.status": Level.INFO})
    assert problem in str(caught.value)


def test_entries_by_case() -> None:
    """Entries that can be are found by their case."""
    assert checked([ENTRY], {"order.foreign": Level.MUST}) == {"order.foreign": ENTRY}
