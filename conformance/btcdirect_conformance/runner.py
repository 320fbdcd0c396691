"""A whole run: preflight, cases, fuzzing, verdicts. Returns a record; prints nothing and ends no process."""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from difflib import get_close_matches
from importlib.metadata import version

from attrs import define, evolve, field, frozen

from . import coverage, expectations, oracle, preflight
from .cases import Case, all_cases
from .contract import Contract, folder, load_contract
from .exchange import Exchange
from .findings import findings_of, observed
from .layers import LAYERS, Effort, Layer
from .limits import Gate, NotSent
from .profile import ExpectedDeviation, Profile
from .redaction import Redactor
from .session import Progress, Session, Silent
from .transport import SocketTransport, Transport
from .verdict import CaseResult, Level, Outcome, RunRecord
from .violation import Violation

CONNECTIONS = 4
"""How many cases are on their way at a time; the requests of one case go out one after the other."""

FUZZ_REQUESTS = 150
"""About how many requests the fuzzing layers send together, unless told otherwise."""


class NothingSelected(Exception):  # noqa: N818 - says what is the matter
    """``--only`` selects no case; its text suggests another."""


@frozen
class Options:
    """How a run is done."""

    strict: bool = False
    certify: bool = False
    seed: int | None = None
    """``None`` draws one; the record names it."""
    only: tuple[str, ...] = ()
    """Beginnings of case ids; empty selects all."""
    unsafe_methods: bool = False
    fuzz_requests: int = FUZZ_REQUESTS
    """0 leaves the fuzzing layers out."""
    target: str | None = None
    """What the report calls the target, instead of its base URL."""


async def run_suite(
    profile: Profile,
    options: Options = Options(),
    *,
    cases: Sequence[Case] | None = None,
    contract: Contract | None = None,
    transport: Transport | None = None,
    progress: Progress | None = None,
    stop: asyncio.Event | None = None,
    today: Callable[[], date] = date.today,
) -> RunRecord:
    """Judges a target.

    Args:
        profile: Where it is and what it knows.
        options: How to go about it.
        cases: Instead of all cases of the suite.
        contract: Instead of the contract that this version of the suite carries.
        transport: Instead of a socket to the profile's base URL; closed by whoever made it.
        progress: Is told what goes on.
        stop: Set it to end the run early; what has been done by then is in the record.
        today: By which known deviations expire.

    Raises:
        Unreachable: There is no server of this API.
        ProfileError: The profile's credentials don't work, or it expects deviations of cases that are none.
        NothingSelected: No case has such an id.
    """
    contract = contract or load_contract()
    run = _Run(
        profile=profile,
        options=options,
        contract=contract,
        cases=tuple(all_cases(contract) if cases is None else cases),
        progress=progress or Silent(),
    )
    known = expectations.checked(profile.expected_deviations, {case.id: case.level for case in run.everything})
    selected = selection(options, run.cases)
    if transport is not None:
        return await run.record(transport, selected, known, stop or asyncio.Event(), today())
    own = (("User-Agent", f"btcdirect-conformance/{suite_version()}"), ("X-Conformance-Run", run.run_id))
    async with SocketTransport(profile.base_url, own, profile.limits.timeout_seconds) as sockets:
        return await run.record(sockets, selected, known, stop or asyncio.Event(), today())


def selection(options: Options, cases: Sequence[Case] | None = None) -> tuple[Case | Layer, ...]:
    """What a run with these options gives a verdict on, in its order.

    Raises:
        NothingSelected: ``only`` names no case.
    """
    everything: tuple[Case | Layer, ...] = (*(all_cases() if cases is None else cases), *LAYERS)
    for prefix in options.only:
        if not any(case.id.startswith(prefix) for case in everything):
            near = get_close_matches(prefix, [case.id for case in everything], 1, 0.4)
            hint = f"did you mean {near[0]}?" if near else "btcdirect-conformance cases lists them"
            raise NothingSelected(f"--only {prefix}: no case begins so; {hint}")
    chosen = [case for case in everything if not options.only or case.id.startswith(options.only)]
    return tuple(case for case in chosen if not isinstance(case, Layer) or options.fuzz_requests)


def suite_version() -> str:
    """The version of the distribution that the suite came with."""
    return version("btcdirect-client")


@define
class _Run:
    profile: Profile
    options: Options
    contract: Contract
    cases: tuple[Case, ...]
    progress: Progress
    run_id: str = field(factory=lambda: secrets.token_hex(8), init=False)
    seed: int = field(init=False)
    results: dict[str, CaseResult] = field(factory=dict[str, CaseResult], init=False)
    notes: list[str] = field(factory=list[str], init=False)

    def __attrs_post_init__(self) -> None:
        self.seed = secrets.randbelow(2**32) if self.options.seed is None else self.options.seed

    @property
    def everything(self) -> tuple[Case | Layer, ...]:
        return (*self.cases, *LAYERS)

    async def record(
        self,
        transport: Transport,
        selected: Sequence[Case | Layer],
        known: Mapping[str, ExpectedDeviation],
        stop: asyncio.Event,
        today: date,
    ) -> RunRecord:
        started, clock = datetime.now(UTC), time.perf_counter()
        limits = self.profile.limits
        session = Session(
            transport=transport,
            gate=Gate(limits.requests_per_second, limits.max_requests),
            redactor=Redactor.of(self.profile.secrets),
            progress=self.progress,
            unsafe_allowed=self.options.unsafe_methods,
        )
        interrupted = not await self._until(stop, session, self._work(session, selected))
        self._watch(session, selected)
        for case in selected:
            if case.id not in self.results:
                self._finish(_result(case, Outcome.SKIP, session.stopped))
        ordered = [self.results[case.id] for case in self.everything if case.id in self.results]
        return RunRecord(
            target=self.options.target or self.profile.base_url,
            started=started,
            seconds=time.perf_counter() - clock,
            run_id=self.run_id,
            seed=self.seed,
            suite_version=suite_version(),
            contract_sha256=contract_hash(),
            strict=self.options.strict,
            certify=self.options.certify,
            interrupted=interrupted,
            requests=session.gate.passed,
            rate_limited=session.rate_limited,
            results=scrubbed(expectations.applied(ordered, known, today), session.redactor),
            coverage=coverage.coverage(session.exchanges, self.profile.fixtures, self.contract),
            notes=(*self.notes, *([f"The run ended early: {session.stopped}."] if session.stopped else [])),
        )

    async def _until(self, stop: asyncio.Event, session: Session, work: Awaitable[None]) -> bool:
        """Whether the work came to its end before the stop."""
        working = asyncio.ensure_future(work)
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                session.stop("the run was interrupted")
                working.cancel()
                await asyncio.wait((working,))
                return False
            working.result()
            return True
        finally:
            stopping.cancel()
            working.cancel()

    async def _work(self, session: Session, selected: Sequence[Case | Layer]) -> None:
        self.notes += await preflight.check(session, self.profile, self.contract)
        planned = [case for case in selected if isinstance(case, Case) and case.plan]
        silent: list[Case] = []
        if any(isinstance(case, Case) and not case.plan for case in selected):
            # Cases that look at what others were answered need those others, whether they are asked for or not.
            silent = [case for case in self.cases if case.plan and case not in planned]
        queue = iter([*planned, *silent])

        async def worker() -> None:
            for case in queue:
                result = await self._case(case, session)
                if case in planned:
                    self._finish(result)

        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(worker())
        layers = [case for case in selected if isinstance(case, Layer)]
        for number, layer in enumerate(layers):
            effort = Effort(self.seed + number, self.options.fuzz_requests // len(layers))
            self._finish(await self._layer(layer, session, effort))

    async def _case(self, case: Case, session: Session) -> CaseResult:
        if missing := self.profile.fixtures.missing(case.needs):
            return _result(case, Outcome.SKIP, f"the profile has no {' and no '.join(missing)}")
        if not case.safe and not self.options.unsafe_methods:
            return _result(case, Outcome.SKIP, "sends unsafe methods (--allow-unsafe-methods)")
        assert case.plan is not None  # noqa: S101 - the caller chose it by its plan
        self.progress.case_started(case.id)
        clock = time.perf_counter()
        exchanges: list[Exchange] = []
        unsent = ""
        try:
            requests = case.plan(self.profile.fixtures)
            if not requests:
                return _result(case, Outcome.SKIP, "the profile's fixtures cannot show it")
            for request in requests:
                exchanges.append(await session.send(request))  # noqa: PERF401 - keeps what a limit cuts short
        except NotSent as reason:
            unsent = str(reason)
        except Exception as error:
            return _result(case, Outcome.ERROR, _broken(error, session))
        return self._judged(case, exchanges, session, unsent, time.perf_counter() - clock)

    async def _layer(self, layer: Layer, session: Session, effort: Effort) -> CaseResult:
        self.progress.case_started(layer.id)
        before, clock = len(session.exchanges), time.perf_counter()
        unsent = ""
        violations: Sequence[Violation] = ()
        try:
            violations = await layer.explore(session, self.profile.fixtures, self.contract, effort)
        except NotSent as reason:
            unsent = str(reason)
        except Exception as error:
            return _result(layer, Outcome.ERROR, _broken(error, session))
        exchanges = session.exchanges[before:]
        if not (exchanges or unsent):
            return _result(layer, Outcome.ERROR, "the suite broke: the layer sent nothing")
        return self._verdict(layer, violations, exchanges, session, unsent, time.perf_counter() - clock)

    def _watch(self, session: Session, selected: Sequence[Case | Layer]) -> None:
        exchanges = sorted(session.exchanges, key=lambda exchange: exchange.number)
        # What breaks the conversation itself is reported whatever was selected: no other case judges it.
        broken = [case for case in self.cases if case.id.startswith("transport.") and case not in selected]
        for watcher in broken:
            if (result := self._judged(watcher, exchanges, session, "", 0.0)).outcome is Outcome.FAIL:
                self._finish(result)
        for case in selected:
            if isinstance(case, Case) and not case.plan:
                if missing := self.profile.fixtures.missing(case.needs):
                    self._finish(_result(case, Outcome.SKIP, f"the profile has no {' and no '.join(missing)}"))
                elif exchanges:
                    self._finish(self._judged(case, exchanges, session, "", 0.0))
                else:
                    self._finish(_result(case, Outcome.SKIP, session.stopped or "nothing was sent"))

    def _judged(
        self, case: Case, exchanges: Sequence[Exchange], session: Session, unsent: str, seconds: float
    ) -> CaseResult:
        try:
            violations = case.judge(exchanges, self.contract)
        except Exception as error:
            return _result(case, Outcome.ERROR, _broken(error, session))
        own = exchanges if case.plan else ()
        return self._verdict(case, violations, own, session, unsent, seconds)

    def _verdict(
        self,
        case: Case | Layer,
        violations: Sequence[Violation],
        exchanges: Sequence[Exchange],
        session: Session,
        unsent: str,
        seconds: float,
    ) -> CaseResult:
        reason = unsent or self._unanswered(case, exchanges)
        outcome = Outcome.SKIP if reason else Outcome.PASS
        if violations and case.level is Level.INFO:
            reason, outcome = observed(violations, session.redactor), Outcome.INFO
        elif violations:
            outcome = Outcome.FAIL
        return CaseResult(
            id=case.id,
            title=case.title,
            level=case.level,
            statement=case.statement,
            outcome=outcome,
            reason=reason,
            findings=findings_of(
                case.id,
                case.level,
                case.statement,
                violations,
                base_url=self.profile.base_url,
                redactor=session.redactor,
            )
            if outcome is Outcome.FAIL
            else (),
            codes=tuple(sorted({code for one in exchanges for code in coverage.codes_of(one, self.contract)})),
            requests=len(exchanges),
            seconds=seconds,
        )

    def _unanswered(self, case: Case | Layer, exchanges: Sequence[Exchange]) -> str:
        """Why a case found nothing without having looked: a request of it, or all of a layer's, had no whole answer."""
        gaps = [
            # That a front hangs up on a target which it takes for an attack is an answer, too.
            "" if exchange.request.facts.refusable else oracle.unjudged(exchange, self.contract)
            for exchange in exchanges
        ]
        if isinstance(case, Layer):
            return gaps[0] if gaps and all(gaps) else ""
        return next(filter(None, gaps), "")

    def _finish(self, result: CaseResult) -> None:
        self.results[result.id] = result
        self.progress.case_finished(result)


def contract_hash() -> str:
    """SHA-256 of ``openapi.yaml`` and ``errors.yaml``, in this order."""
    return hashlib.sha256(
        b"".join((folder() / name).read_bytes() for name in ("openapi.yaml", "errors.yaml"))
    ).hexdigest()


def scrubbed(results: Sequence[CaseResult], redactor: Redactor) -> tuple[CaseResult, ...]:
    """The results redacted once more, by all that is known at the end.

    An access token may have leaked into an answer before the run first saw it where it belongs.
    """
    return tuple(
        evolve(
            result,
            reason=redactor.text(result.reason),
            findings=tuple(
                evolve(finding, actual=redactor.text(finding.actual), response=redactor.text(finding.response))
                for finding in result.findings
            ),
        )
        for result in results
    )


def _result(case: Case | Layer, outcome: Outcome, reason: str) -> CaseResult:
    return CaseResult(
        id=case.id, title=case.title, level=case.level, statement=case.statement, outcome=outcome, reason=reason
    )


def _broken(error: Exception, session: Session) -> str:
    return session.redactor.text(f"the suite broke: {type(error).__name__}: {error}".replace("\n", " "))
