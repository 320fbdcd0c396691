"""The vocabulary of verdicts: levels, outcomes, findings, and the record of a whole run.

Six outcomes, because they are six different things (the habit of the OCI distribution-spec conformance): the server is
right, it is wrong, it is wrong as is known, nobody asked, the documents are silent, and the suite itself broke.
"""

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen


class Level(StrEnum):
    """How firmly a case stands on the documents."""

    MUST = "MUST"
    """The documents say it. A deviation fails the run."""
    SHOULD = "SHOULD"
    """The documents imply it, or security needs it. A deviation is a warning, and fails a run with ``--strict``."""
    INFO = "INFO"
    """The documents leave it open. Reported, never failed."""


class Outcome(StrEnum):
    """What became of a case."""

    PASS = "pass"  # noqa: S105  a verdict, not a password
    FAIL = "fail"
    SKIP = "skip"
    INFO = "info"
    """An observation about something that the documents leave open."""
    EXPECTED = "expected"
    """It failed, and the profile says so with a reason and an expiry date."""
    ERROR = "error"
    """The suite itself broke. Never the server's fault, never a pass."""


@frozen
class Statement:
    """The sentence that a case rests on, and where it stands."""

    text: str
    source: str
    """``endpoint-page``, ``vendor-docs``, an RFC with its section (``RFC 9110, 9.2.1``), or ``assumed``."""


@frozen
class Finding:
    """One deviation, with the plainest request that shows it. Redacted already: safe to print, store and forward."""

    case_id: str
    level: Level
    statement: Statement
    expected: str
    actual: str
    curl: str
    """A command line with ``$VARIABLES`` where secrets were."""
    response: str
    """Status line, headers and the start of the body, as received."""
    occurrences: int = 1
    """How many exchanges of the run showed it."""


@frozen
class CaseResult:
    """A case's verdict."""

    id: str
    title: str
    level: Level
    statement: Statement
    outcome: Outcome
    reason: str = ""
    """Why it was skipped, is expected to fail, or what was observed. One line."""
    findings: tuple[Finding, ...] = ()
    codes: tuple[str, ...] = ()
    """The catalogue's codes that its answers carried."""
    requests: int = 0
    seconds: float = 0.0

    def fails(self, *, strict: bool) -> bool:
        """Whether it fails its run, which is ``strict`` or not."""
        return self.outcome is Outcome.FAIL and (strict or self.level is Level.MUST)


@frozen
class CodeCoverage:
    """Whether a code of the catalogue was seen in a run."""

    code: str
    message: str
    solution: str
    observed: bool
    statuses: tuple[int, ...] = ()
    """The HTTP statuses that it came with."""
    reason: str = ""
    """Why it was not observed: ``the profile has no expired_client_token``."""


@frozen
class RunRecord:
    """Everything that a report needs of one run."""

    target: str
    """The base URL, or ``reference server``."""
    started: datetime
    seconds: float
    run_id: str
    seed: int
    suite_version: str
    contract_sha256: str
    """Of ``openapi.yaml`` and ``errors.yaml``, in this order."""
    strict: bool
    certify: bool
    interrupted: bool
    """Stopped before its end; what had been done by then is here."""
    requests: int
    rate_limited: int
    """How many answers were 429 and waited for."""
    results: tuple[CaseResult, ...] = field(repr=False)
    coverage: tuple[CodeCoverage, ...]
    notes: tuple[str, ...] = ()
    """What the reader has to know beside the verdicts, a sentence each."""
    undecided: str = ""
    """Why what passed is no ground for a verdict, and what to do about it: the run ended early, or no success could be
    asked for. One line."""

    @property
    def exit_status(self) -> int:
        """0 conforms, 1 does not, 2 nothing tested, ended early, or the suite broke."""
        outcomes = {result.outcome for result in self.results}
        if any(result.fails(strict=self.strict) for result in self.results):
            return 1
        if (
            self.interrupted
            or self.undecided
            or Outcome.ERROR in outcomes
            or not outcomes & {Outcome.PASS, Outcome.EXPECTED}
        ):
            return 2
        return 1 if self.certify and Outcome.SKIP in outcomes else 0
