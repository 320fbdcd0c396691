"""Does the cases of a run: several at a time, then the layers that make requests up, then those that look at it all."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence

from attrs import Factory, define, evolve, field

from btcdirect_conformance.cases import Case
from btcdirect_conformance.contract import Contract
from btcdirect_conformance.conversation.limits import Effort, NotSent
from btcdirect_conformance.conversation.session import CONNECTIONS, REFUSED, Session
from btcdirect_conformance.exchange import Exchange, Request
from btcdirect_conformance.findings.grouping import findings_of, observed
from btcdirect_conformance.fuzz.layers import LAYERS, Layer, requests_of
from btcdirect_conformance.judgement import oracle
from btcdirect_conformance.judgement.doubts import doubt_of
from btcdirect_conformance.judgement.runwide import hung_up
from btcdirect_conformance.judgement.violation import ANSWER, Violation
from btcdirect_conformance.profile import Profile
from btcdirect_conformance.redaction.redactor import Redactor
from btcdirect_conformance.transport.sockets import MOST_RESENT
from btcdirect_conformance.transport.wire import ACCEPT
from btcdirect_conformance.verdict import CaseResult, Level, Outcome

from . import preflight
from .lapses import Lapses
from .lockouts import Lockouts
from .options import Options


@define
class Execution:
    """The cases of one run, and their results as far as it has come."""

    profile: Profile
    options: Options
    contract: Contract
    cases: Sequence[Case]
    session: Session
    seed: int
    results: dict[str, CaseResult] = field(factory=dict[str, CaseResult], init=False)
    notes: list[str] = field(factory=list[str], init=False)
    undecided: str = field(default="", init=False)
    """Why what passed is no ground for a verdict, if so."""
    lapses: Lapses = field(
        default=Factory(lambda self: Lapses(self.session, self.profile.fixtures, self.contract), takes_self=True),
        init=False,
    )
    lockouts: Lockouts = field(
        default=Factory(lambda self: Lockouts(self.session, self.contract), takes_self=True), init=False
    )
    _failed: list[Callable[[], CaseResult]] = field(factory=list[Callable[[], CaseResult]], init=False)
    """The verdicts that were failures, to be given again if it turns out what the answers were due to."""
    _asked: int = field(default=0, init=False)
    """How many cases have sent all that they send."""
    _before: list[Exchange] = field(factory=list[Exchange], init=False)
    """What the preflight asked and no case has judged yet: a first request may fail where a later one does not."""

    async def work(self, selected: Sequence[Case | Layer]) -> None:
        """Sends what the selected cases need, after a check of the profile.

        Raises:
            Unreachable: There is no server of this API.
            ProfileError: The profile's credentials don't work.
        """
        try:
            self.notes += await preflight.check(self.session, self.profile, self.contract)
        except NotSent as reason:
            self.undecided = f"the profile could not be checked, {reason}"
        self._before = list(self.session.exchanges)
        planned = [case for case in selected if isinstance(case, Case) and case.plan]
        reported = {case.id for case in planned}
        if any(isinstance(case, Case) and not case.plan for case in selected):
            # Cases that look at what others were answered need those others, whether they are asked for or not.
            planned += [case for case in self.cases if case.plan and case.id not in reported]

        async def worker(queue: Iterator[Case]) -> None:
            for case in queue:
                if case.id in reported:
                    self.session.progress.case_started(case.id)
                    self._finish(await self._case(case))
                else:
                    await self._case(case)

        queue = iter([case for case in planned if not case.alone])
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(worker(queue))
        await worker(iter([case for case in planned if case.alone]))
        for layer in (case for case in selected if isinstance(case, Layer)):
            # By its place among all of them, so that one selected alone sends what it sent beside the others.
            effort = Effort(self.seed + LAYERS.index(layer), requests_of(layer, self.options.fuzz_requests))
            self._finish(await self._layer(layer, effort))

    async def _case(self, case: Case) -> CaseResult:
        if missing := self.profile.fixtures.missing(case.needs):
            return _result(case, Outcome.SKIP, f"the profile has no {' and no '.join(missing)}")
        if not case.safe and not self.options.unsafe_methods:
            return _result(case, Outcome.SKIP, "sends unsafe methods (--allow-unsafe-methods)")
        assert case.plan is not None  # noqa: S101 - the caller chose it by its plan
        clock = time.perf_counter()
        exchanges: list[Exchange] = []
        earlier: Sequence[Exchange] = ()
        unsent = ""
        try:
            requests = case.plan(self.profile.fixtures)
            if not requests:
                return _result(case, Outcome.SKIP, "the profile's fixtures cannot show it")
            earlier = self._asked_before(requests)
            for request in requests:
                exchanges.append(await self.session.send(request))  # noqa: PERF401 - keeps what a limit cuts short
            for request in case.then(tuple(exchanges), self.profile.fixtures) if case.then else ():
                exchanges.append(await self.session.send(request))  # noqa: PERF401
            self._asked += 1
            await self._look(exchanges)
        except NotSent as reason:
            unsent = str(reason)
        except Exception as error:
            return _result(case, Outcome.ERROR, _broken(error, self.session.redactor))
        return self._judged(case, exchanges, unsent, time.perf_counter() - clock, earlier)

    def _asked_before(self, requests: Sequence[Request]) -> Sequence[Exchange]:
        """What the preflight had asked of these, for the first case that asks it again."""
        lines = set(map(_line, requests))
        found = [exchange for exchange in self._before if _line(exchange.request) in lines]
        self._before = [exchange for exchange in self._before if exchange not in found]
        return found

    async def _layer(self, layer: Layer, effort: Effort) -> CaseResult:
        self.session.progress.case_started(layer.id)
        before, clock = len(self.session.exchanges), time.perf_counter()
        unsent = ""
        violations: Sequence[Violation] = ()
        try:
            try:
                violations = await layer.explore(self.session, self.profile.fixtures, self.contract, effort)
                await self._look([violation.exchange for violation in violations])
            except NotSent as reason:
                unsent = str(reason)
            exchanges = self.session.exchanges[before:]
            if not (exchanges or unsent):
                return _result(layer, Outcome.ERROR, "the suite broke: the layer sent nothing")
            return self._verdict(layer, violations, exchanges, unsent, time.perf_counter() - clock)
        except Exception as error:
            return _result(layer, Outcome.ERROR, _broken(error, self.session.redactor))

    def conclude(self, selected: Sequence[Case | Layer]) -> None:
        """Judges the cases that look at all exchanges, and gives every case that was not reached its reason."""
        if self.lockouts.takes_back:
            failed, self._failed = self._failed, []  # a verdict that stays a failure puts itself there once more
            self.results |= {result.id: result for result in [verdict() for verdict in failed]}
        self._watch(selected)
        for case in selected:
            if case.id not in self.results:
                self._finish(_result(case, Outcome.SKIP, self.session.stopped))
        if any(
            result.outcome is Outcome.SKIP and result.level is Level.MUST and result.reason.startswith(REFUSED)
            for result in self.results.values()
        ):
            self.undecided = (
                "the target answers 429 to some requests again and again and not to others, so that these could not be "
                "judged; the skipped cases say which"
            )
        if note := self.lockouts.note():
            self.notes.append(note)
        if (resent := sum(exchange.resent for exchange in self.session.exchanges)) >= MOST_RESENT:
            self.notes.append(
                f"{resent} times the target closed a kept connection instead of answering, as a server may with one "
                "that was idle (RFC 9112, section 9.3.1). From then on every request had a connection of its own."
            )
        if self.options.certify and any(_is_unsafe(case) for case in selected) and not self.options.unsafe_methods:
            self.notes.append(
                "Certification takes the cases with unsafe methods, too: --allow-unsafe-methods sends them."
            )
        if self.session.gate.exhausted:
            budget = self.session.gate.budget
            if not (self._asked or self.undecided):
                self.undecided = f"a budget of {budget} (limits.max_requests) is too small for a single case"
            skipped = sum(result.reason.startswith("the budget") for result in self.results.values())
            self.notes.append(
                f"The budget of {budget} requests (limits.max_requests) was used up; {skipped} cases were skipped."
            )

    def _watch(self, selected: Sequence[Case | Layer]) -> None:
        exchanges = sorted(self.session.exchanges, key=lambda exchange: exchange.number)
        exchanges = [exchange for exchange in exchanges if not self._explained(exchange)]
        # What breaks the conversation itself is reported whatever was selected: no other case judges it.
        broken = [case for case in self.cases if case.id.startswith("transport.") and case not in selected]
        for watcher in broken:
            if (result := self._judged(watcher, exchanges, "", 0.0)).outcome is Outcome.FAIL:
                self._finish(result)
        for case in selected:
            if isinstance(case, Case) and not case.plan:
                if missing := self.profile.fixtures.missing(case.needs):
                    self._finish(_result(case, Outcome.SKIP, f"the profile has no {' and no '.join(missing)}"))
                elif exchanges:
                    self._finish(self._judged(case, exchanges, "", 0.0))
                else:
                    self._finish(_result(case, Outcome.SKIP, self.session.stopped or "nothing was sent"))

    async def _look(self, exchanges: Sequence[Exchange]) -> None:
        """Sees whether answers mean that a token has ended, or that the run was locked out, and stops it then."""
        await self.lapses.look(exchanges)
        await self.lockouts.look(exchanges)

    def _explained(self, exchange: Exchange) -> bool:
        """Whether an answer says nothing about the target, by what was found out since."""
        return self.lapses.explain(exchange) or self.lockouts.explain(exchange)

    def _judged(
        self, case: Case, exchanges: Sequence[Exchange], unsent: str, seconds: float, earlier: Sequence[Exchange] = ()
    ) -> CaseResult:
        try:
            violations = case.judge((*earlier, *exchanges), self.contract)
            own = exchanges if case.plan else ()
            return self._verdict(case, violations, own, unsent, seconds)
        except Exception as error:
            return _result(case, Outcome.ERROR, _broken(error, self.session.redactor))

    def _verdict(
        self,
        case: Case | Layer,
        violations: Sequence[Violation],
        exchanges: Sequence[Exchange],
        unsent: str,
        seconds: float,
    ) -> CaseResult:
        explained = [violation for violation in violations if self._explained(violation.exchange)]
        violations = [violation for violation in violations if violation not in explained]
        reason = unsent or (self.session.stopped if explained else "") or self._unanswered(case, exchanges)
        outcome = Outcome.SKIP if reason else Outcome.PASS
        if violations and case.level is Level.INFO:
            reason, outcome = observed(violations, self.session.redactor), Outcome.INFO
        elif violations:
            outcome = Outcome.FAIL
            self._failed.append(lambda: self._verdict(case, violations, exchanges, unsent, seconds))
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
                self._doubted(violations),
                base_url=self.profile.base_url,
                redactor=self.session.redactor,
            )
            if outcome is Outcome.FAIL
            else (),
            codes=tuple(sorted({code for one in exchanges for code in oracle.codes_of(one, self.contract)})),
            requests=len(exchanges),
            seconds=seconds,
        )

    def _doubted(self, violations: Sequence[Violation]) -> Sequence[Violation]:
        """The violations, each with what else may explain it."""
        doubts: dict[int, str] = {}
        for one in violations:
            if one.rule == ANSWER and one.exchange.number not in doubts:
                doubts[one.exchange.number] = doubt_of(one.exchange, self.session.exchanges, self.contract)
        return [
            evolve(one, actual=f"{one.actual} ({doubt})")
            if one.rule == ANSWER and (doubt := doubts[one.exchange.number])
            else one
            for one in violations
        ]

    def _unanswered(self, case: Case | Layer, exchanges: Sequence[Exchange]) -> str:
        """Why a case found nothing without having looked: a request of it, or all of a layer's, had no whole answer."""
        gaps = [oracle.unjudged(exchange, self.contract) for exchange in exchanges]
        if isinstance(case, Layer):
            return gaps[0] if gaps and all(gaps) else ""
        return next((gap for gap, one in zip(gaps, exchanges, strict=True) if gap and not hung_up(one)), "")

    def _finish(self, result: CaseResult) -> None:
        self.results[result.id] = result
        self.session.progress.case_finished(result)


def _result(case: Case | Layer, outcome: Outcome, reason: str) -> CaseResult:
    return CaseResult(
        id=case.id, title=case.title, level=case.level, statement=case.statement, outcome=outcome, reason=reason
    )


def _line(request: Request) -> tuple[str, str, frozenset[tuple[str, str]]]:
    """What tells one request from another, whether it says or leaves to the default what it accepts."""
    return request.method, request.target, frozenset(request.headers) - {ACCEPT}


def _is_unsafe(case: Case | Layer) -> bool:
    return isinstance(case, Case) and not case.safe


def _broken(error: Exception, redactor: Redactor) -> str:
    return redactor.text(f"the suite broke: {type(error).__name__}: {error}".replace("\n", " "))
