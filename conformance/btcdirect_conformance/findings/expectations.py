"""Known deviations of a target: what its profile excuses, until when, and what no longer needs an excuse."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches

from attrs import evolve

from btcdirect_conformance.profile import ExpectedDeviation, ProfileError
from btcdirect_conformance.verdict import CaseResult, Level, Outcome


def checked(entries: Sequence[ExpectedDeviation], levels: Mapping[str, Level]) -> Mapping[str, ExpectedDeviation]:
    """The entries by case.

    Args:
        entries: The profile's.
        levels: Of every case there is.

    Raises:
        ProfileError: An entry names no case, one that can't fail, or one that another entry names.
    """
    problems: list[str] = []
    found: dict[str, ExpectedDeviation] = {}
    for number, entry in enumerate(entries, 1):
        place = f"expected_deviations[{number}].case: {entry.case}"
        if entry.case not in levels:
            near = get_close_matches(entry.case, levels, 1, 0.5)
            problems.append(
                f"{place} is no case: {f'did you mean {near[0]}?' if near else 'see btcdirect-conformance cases'}"
            )
        elif levels[entry.case] is Level.INFO:
            problems.append(f"{place} is only reported and never fails; leave the entry out")
        elif entry.case in found:
            problems.append(f"{place} is there twice")
        found[entry.case] = entry
    if problems:
        raise ProfileError(tuple(problems))
    return found


def applied(
    results: Iterable[CaseResult], entries: Mapping[str, ExpectedDeviation], today: date
) -> tuple[CaseResult, ...]:
    """The results with the known deviations marked: expected, expired, or no longer there, which fails."""
    return tuple(_applied(result, entries[result.id], today) if result.id in entries else result for result in results)


def _applied(result: CaseResult, entry: ExpectedDeviation, today: date) -> CaseResult:
    match result.outcome:
        case Outcome.FAIL if today <= entry.expires:
            return evolve(result, outcome=Outcome.EXPECTED, reason=f"{entry.reason} (known until {entry.expires})")
        case Outcome.FAIL:
            return evolve(result, reason=f"was a known deviation until {entry.expires}: {entry.reason}")
        case Outcome.PASS:
            # The profile promised a deviation, and it is the profile that is wrong now: at any level, that fails.
            return evolve(
                result,
                outcome=Outcome.FAIL,
                level=Level.MUST,
                reason=f"conforms now; remove it from expected_deviations ({entry.reason})",
            )
        case _:
            return result
