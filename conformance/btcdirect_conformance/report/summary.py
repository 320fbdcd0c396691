"""What all reports say in the same words: the verdict, the counts, the coverage and the names of sources."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC
from enum import StrEnum
from types import MappingProxyType

from attrs import frozen

from btcdirect_conformance.verdict import CaseResult, Level, Outcome, RunRecord, Statement


class Standing(StrEnum):
    """What a result means for the run, the gravest first. An outcome alone does not say: a failed SHOULD may warn."""

    FAILED = "failed"
    ERROR = "suite error"
    WARNING = "warning"
    KNOWN = "known deviation"
    SKIPPED = "skipped"
    NOTED = "noted"
    PASSED = "passed"

    @property
    def symbol(self) -> str:
        """One character that says the same without colour."""
        return _SYMBOLS[self]

    @property
    def short(self) -> str:
        """One word."""
        return _SHORT.get(self, self.value)


_SYMBOLS = {
    Standing.FAILED: "✗",
    Standing.ERROR: "‼",
    Standing.WARNING: "!",
    Standing.KNOWN: "≈",
    Standing.SKIPPED: "○",
    Standing.NOTED: "i",
    Standing.PASSED: "✓",
}

_SHORT = {Standing.ERROR: "error", Standing.KNOWN: "known"}

_STANDINGS = {
    Outcome.PASS: Standing.PASSED,
    Outcome.SKIP: Standing.SKIPPED,
    Outcome.INFO: Standing.NOTED,
    Outcome.EXPECTED: Standing.KNOWN,
    Outcome.ERROR: Standing.ERROR,
}

_PLURALS = {
    Standing.ERROR: "suite errors",
    Standing.WARNING: "warnings",
    Standing.KNOWN: "known deviations",
}

ASSUMED = "assumed"

_SOURCES = {
    "endpoint-page": "the endpoint's reference page",
    "vendor-docs": "the vendor's other public pages",
    ASSUMED: "assumed by this suite; no document says it",
}


@frozen
class Verdict:
    """A run's verdict, in words that match its exit status."""

    exit_status: int
    word: str
    """``Conforms``, ``Does not conform``, ``Not certified`` or ``No verdict``."""
    because: str
    """The rest of the sentence."""

    def __str__(self) -> str:
        return f"{self.word}: {self.because}"


def verdict(record: RunRecord) -> Verdict:
    """The one sentence that a reader takes away."""
    status = record.exit_status
    count = counts(record)
    failed = count[Standing.FAILED]
    if status == 0:
        passed = f"{cases(count[Standing.PASSED])} passed"
        beside = [amount(standing, count[standing]) for standing in Standing if standing in _BESIDE and count[standing]]
        return Verdict(status, "Conforms", ", ".join([passed, *beside]) + ".")
    if status == 1 and failed:
        return Verdict(status, "Does not conform", f"{cases(failed)} failed{_of_levels(record)}.")
    if status == 1:
        return Verdict(status, "Not certified", f"a certified run skips nothing, {_skips(count[Standing.SKIPPED])}.")
    return Verdict(status, "No verdict", _undecided(record, count) + ".")


def standing(result: CaseResult, *, strict: bool) -> Standing:
    """What the result means for a run, which is ``strict`` or not."""
    if result.outcome is Outcome.FAIL:
        return Standing.FAILED if result.fails(strict=strict) else Standing.WARNING
    return _STANDINGS[result.outcome]


def counts(record: RunRecord) -> Mapping[Standing, int]:
    """How many results there are of each standing, the gravest first; zeros included."""
    counted = Counter(standing(result, strict=record.strict) for result in record.results)
    return MappingProxyType({each: counted[each] for each in Standing})


def of_standing(record: RunRecord, *standings: Standing) -> tuple[CaseResult, ...]:
    """The results of these standings, the gravest first, otherwise in the order of the run."""
    return tuple(
        result for each in standings for result in record.results if standing(result, strict=record.strict) is each
    )


def by_group(results: Iterable[CaseResult]) -> Mapping[str, tuple[CaseResult, ...]]:
    """The results by the first part of their ids, in the order of the run."""
    groups: dict[str, list[CaseResult]] = {}
    for result in results:
        groups.setdefault(group(result.id), []).append(result)
    return MappingProxyType({name: tuple(members) for name, members in groups.items()})


def by_reason(results: Iterable[CaseResult]) -> Mapping[str, tuple[CaseResult, ...]]:
    """The results by their reason, so that a missing fixture is said once."""
    reasons: dict[str, list[CaseResult]] = {}
    for result in results:
        reasons.setdefault(result.reason, []).append(result)
    return MappingProxyType({reason: tuple(members) for reason, members in reasons.items()})


def group(case_id: str) -> str:
    """``auth`` for ``auth.client.expired``."""
    return case_id.partition(".")[0]


def coverage(record: RunRecord) -> str:
    """``11 of 13 codes observed; ER801 not provoked: the profile has no expired_client_token``."""
    missing: dict[str, list[str]] = {}
    for row in record.coverage:
        if not row.observed:
            missing.setdefault(row.reason or "no answer carried it", []).append(row.code)
    return "; ".join(
        [observed(record), *(f"{_and(codes)} not provoked: {reason}" for reason, codes in missing.items())]
    )


def observed(record: RunRecord) -> str:
    """``11 of 13 codes observed``."""
    return f"{sum(row.observed for row in record.coverage)} of {len(record.coverage)} codes observed"


def caveats(record: RunRecord) -> tuple[str, ...]:
    """What the reader has to know beside the verdicts, a sentence each."""
    own = ["The run was interrupted: what is missing here was not tested."] if record.interrupted else []
    if record.undecided and record.undecided not in verdict(record).because:
        own.append(f"{record.undecided[0].upper()}{record.undecided[1:]}.")
    if record.rate_limited:
        own.append(f"The target asked {times(record.rate_limited)} to slow down (429), and the suite waited.")
    return (*own, *record.notes)


def minute(record: RunRecord) -> str:
    """When the run started: ``2026-11-23 09:30 UTC``."""
    return f"{record.started.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def amount(each: Standing, count: int) -> str:
    """``1 warning``, ``2 warnings``, ``3 skipped``."""
    return f"{count} {word(each, count)}"


def word(each: Standing, count: int) -> str:
    """``warning`` for one, ``warnings`` for two."""
    return each.value if count == 1 else _PLURALS.get(each, each.value)


def cases(count: int) -> str:
    """``1 case``, ``2 cases``."""
    return f"{count} case" if count == 1 else f"{count} cases"


def times(count: int) -> str:
    """``once``, ``3 times``."""
    return "once" if count == 1 else f"{count} times"


def quoted(statement: Statement) -> str:
    """The sentence that a case rests on, in quotation marks if it is a document's."""
    return statement.text if statement.source == ASSUMED else f"“{statement.text}”"


def source(name: str, level: Level | None = None) -> str:
    """A source in words; an RFC with its section stays as it is."""
    if name == ASSUMED and level is Level.INFO:
        return "the documents leave it open"
    return _SOURCES.get(name, name)


_BESIDE = frozenset(Standing) - {Standing.PASSED, Standing.FAILED, Standing.ERROR}


def _of_levels(record: RunRecord) -> str:
    levels = Counter(result.level for result in of_standing(record, Standing.FAILED))
    if set(levels) == {Level.MUST}:
        return ""
    return f" ({', '.join(f'{levels[level]} {level}' for level in Level if levels[level])}; --strict)"


def _skips(count: int) -> str:
    return "1 case was skipped" if count == 1 else f"{count} cases were skipped"


def _undecided(record: RunRecord, count: Mapping[Standing, int]) -> str:
    errors = count[Standing.ERROR]
    if errors:
        return f"the suite itself broke in {cases(errors)}"
    if record.interrupted:
        return "the run was interrupted before its end"
    if record.undecided:
        return record.undecided
    return f"nothing was tested, {_skips(count[Standing.SKIPPED])}" if count[Standing.SKIPPED] else "nothing was tested"


def _and(codes: list[str]) -> str:
    return codes[0] if len(codes) == 1 else f"{', '.join(codes[:-1])} and {codes[-1]}"
