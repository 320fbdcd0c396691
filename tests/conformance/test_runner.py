"""Runs of a few cases: what is sent, what is judged, and what the record says of it."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date

import pytest
from attrs import evolve
from tests.conformance.helpers import world
from tests.conformance.helpers.scripted import Scripted, failure, header, success

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.cases import Case
from btcdirect_conformance.contract import Contract, contract_hash
from btcdirect_conformance.exchange import Exchange, Fault, FaultKind, Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.fuzz.layers import LAYERS
from btcdirect_conformance.judgement.classify import read_facts
from btcdirect_conformance.judgement.violation import ANSWER, Violation
from btcdirect_conformance.profile import ExpectedDeviation, Limits, Profile, ProfileError
from btcdirect_conformance.run.options import NothingSelected, Options, selection
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.server.running import running_server
from btcdirect_conformance.verdict import CaseResult, Level, Outcome, RunRecord, Statement

FIXTURES = Fixtures(api_key="the-key-1", user_token="the-user-1", owned="480213")
PROFILE = Profile("http://target", FIXTURES)
QUIET = Options(seed=1, fuzz_requests=0)
STATEMENT = Statement("A sentence.", "endpoint-page")


def asked(number: int = 0, method: str = "GET") -> Request:
    """A request that can be told from others."""
    headers = (("X-Api-Key", "the-key-1"), ("User-Authorization", "Bearer the-user-1"), ("X-Number", str(number)))
    target = "/api/v2/buy/480213/identification/liveness"
    facts = read_facts(method, target, headers, FIXTURES)
    assert facts is not None
    return Request(method, target, headers, facts)


def case(case_id: str, *requests: Request, level: Level = Level.MUST, wrong: bool = False, **more: object) -> Case:
    """A case that sends these, and finds something wrong with each answer or with none. Without requests, a watcher."""

    def judge(exchanges: Sequence[Exchange], _: Contract) -> Sequence[Violation]:
        return [Violation(ANSWER, "something", "something else", exchange) for exchange in exchanges if wrong]

    plan = (lambda _: requests) if requests else None
    return Case(case_id, level, f"The title of {case_id}", STATEMENT, judge, plan, **more)  # type: ignore[arg-type]


async def run(
    *cases: Case,
    profile: Profile = PROFILE,
    options: Options = QUIET,
    answer: Callable[[Request], Response | Fault] | None = None,
    **more: object,
) -> RunRecord:
    """A run of these cases against a target that answers everything well."""
    transport = Scripted(answer or (lambda _: success()))
    return await run_suite(profile, options, cases=cases, transport=transport, **more)  # type: ignore[arg-type]


def by_id(record: RunRecord) -> dict[str, CaseResult]:
    """A record's results."""
    return {result.id: result for result in record.results}


async def test_pass() -> None:
    """A case without a violation passes, and says what it took."""
    record = await run(case("a", asked(1), asked(2)))
    (result,) = record.results
    assert (result.outcome, result.requests, result.findings) == (Outcome.PASS, 2, ())
    assert record.exit_status == 0
    assert record.requests == 2 + 2  # the preflight asks with the one pair, and with nothing


async def test_fail() -> None:
    """A violation fails its case, with evidence."""
    record = await run(case("a", asked(1), wrong=True))
    (result,) = record.results
    (finding,) = result.findings
    assert result.outcome is Outcome.FAIL
    assert (finding.expected, finding.actual, finding.occurrences) == ("something", "something else", 1)
    assert "${BTCDIRECT_API_KEY}" in finding.curl
    assert finding.response.startswith("HTTP/1.1 200\n")
    assert record.exit_status == 1


async def test_alike_violations_are_one_finding() -> None:
    """Violations that say the same are one finding, with the smallest request and how often it was seen."""
    long = evolve(asked(1), headers=(*asked(1).headers, ("X-More", "more")))
    record = await run(case("a", long, asked(2), wrong=True))
    (finding,) = record.results[0].findings
    assert finding.occurrences == 2
    assert "X-More" not in finding.curl


@pytest.mark.parametrize(("strict", "status"), [(False, 0), (True, 1)])
async def test_should(strict: bool, status: int) -> None:
    """A violated SHOULD fails the case, and the run only when strict."""
    cases = case("a", asked()), case("b", asked(), level=Level.SHOULD, wrong=True)
    record = await run(*cases, options=evolve(QUIET, strict=strict))
    assert by_id(record)["b"].outcome is Outcome.FAIL
    assert record.exit_status == status


async def test_info() -> None:
    """A case that is only reported says what it saw, and never fails."""
    record = await run(
        case("a", asked()), case("b", asked(), level=Level.INFO, wrong=True), options=evolve(QUIET, strict=True)
    )
    result = by_id(record)["b"]
    assert (result.outcome, result.reason, result.findings) == (Outcome.INFO, "something else", ())
    assert record.exit_status == 0


async def test_watcher() -> None:
    """A case without a plan gets every exchange of the run, the preflight's too, in their order."""
    seen: list[int] = []

    def judge(exchanges: Sequence[Exchange], _: Contract) -> Sequence[Violation]:
        seen.extend(exchange.number for exchange in exchanges)
        return ()

    await run(case("a", asked(1), asked(2)), evolve(case("b"), judge=judge))
    assert seen == [1, 2, 3, 4]


async def test_watcher_alone() -> None:
    """Selected alone, it still sees what the others were answered, and they get no verdict."""
    record = await run(case("a", asked(1)), case("b", wrong=True), options=evolve(QUIET, only=("b",)))
    assert [result.id for result in record.results] == ["b"]
    assert record.results[0].findings[0].occurrences == 3


async def test_missing_fixture() -> None:
    """A case whose fixture the profile lacks is skipped, and the reason names the key; --certify fails for it."""
    needy = case("b", asked(), needs=("credentials.api_key", "orders.foreign"))
    record = await run(case("a", asked()), needy)
    result = by_id(record)["b"]
    assert (result.outcome, result.reason) == (Outcome.SKIP, "the profile has no orders.foreign")
    assert record.exit_status == 0
    certified = await run(case("a", asked()), needy, options=evolve(QUIET, certify=True))
    assert certified.exit_status == 1


async def test_fixtures_that_cannot_show_it() -> None:
    """A plan without requests skips its case."""
    record = await run(case("a", asked()), evolve(case("b", asked()), plan=lambda _: ()))
    assert by_id(record)["b"].reason == "the profile's fixtures cannot show it"


async def test_unsafe_case() -> None:
    """A case with unsafe methods is sent only when the user allows it."""
    unsafe = case("b", asked(method="POST"), safe=False)
    assert by_id(await run(case("a", asked()), unsafe))["b"].outcome is Outcome.SKIP
    allowed = await run(unsafe, options=evolve(QUIET, unsafe_methods=True))
    assert allowed.results[0].outcome is Outcome.PASS


async def test_unsafe_request_in_a_safe_case() -> None:
    """Whatever a case says of itself, an unsafe method does not leave."""
    transport = Scripted(lambda _: success())
    record = await run_suite(PROFILE, QUIET, cases=[case("a", asked(method="DELETE"))], transport=transport)
    assert record.results[0].outcome is Outcome.SKIP
    assert {request.method for request in transport.asked} == {"GET"}


@pytest.mark.parametrize("part", ["plan", "judge"])
async def test_broken_case(part: str) -> None:
    """A case that breaks is an error of the suite: never a pass, never the server's fault, no end of the run."""

    def breaks(*_: object) -> Sequence[Violation]:
        raise KeyError("the-key-1")

    broken = evolve(case("a", asked()), **{part: breaks})
    record = await run(broken, case("b", asked()))
    results = by_id(record)
    assert results["a"].outcome is Outcome.ERROR
    assert "KeyError" in results["a"].reason
    assert "the-key-1" not in results["a"].reason
    assert results["b"].outcome is Outcome.PASS
    assert record.exit_status == 2


async def test_request_that_http_cannot_carry() -> None:
    """So is a request that can't be sent."""
    profile = evolve(PROFILE, base_url="http://127.0.0.1:1")
    with running_server() as server:
        profile = profiles.parse(server.profile, {})
        record = await run_suite(profile, QUIET, cases=[case("a", evolve(asked(), headers=(("A", "b\r\nc"),)))])
    assert record.results[0].outcome is Outcome.ERROR


@pytest.mark.parametrize("depth", [300, 600, 900, 5000])
async def test_deep_answer_that_is_shown(depth: int) -> None:
    """However deeply an answer is nested, its finding is drawn, and the run has its record."""
    deep = f'{{"status": "s", "data": {{"accessToken": "k7qx9az2mwtt4"}}, "x": {"[" * depth}{"]" * depth}}}'
    record = await run(case("a", asked(1), wrong=True), answer=lambda _: Response(200, (), deep.encode()))
    (result,) = record.results
    assert result.outcome is Outcome.FAIL
    assert "k7qx9az2mwtt4" not in repr(record)


async def test_finding_that_cannot_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding that the suite breaks at costs its own case, and not the run."""

    def breaks(*_: object, **__: object) -> None:
        raise LookupError

    monkeypatch.setattr("btcdirect_conformance.run.execution.findings_of", breaks)
    record = await run(case("a", asked(1), wrong=True), case("b", asked(2)))
    assert {name: result.outcome for name, result in by_id(record).items()} == {"a": Outcome.ERROR, "b": Outcome.PASS}


async def test_no_whole_answer_is_no_pass() -> None:
    """A case that looked for nothing because no answer came is not passed, and the one on transport fails."""

    def answer(request: Request) -> Response | Fault:
        return Fault(FaultKind.TRUNCATED, "short") if header(request, "x-number") == "1" else success()

    def short(exchanges: Sequence[Exchange], _: Contract) -> Sequence[Violation]:
        return [Violation("t", "whole", "short", one) for one in exchanges if isinstance(one.answer, Fault)]

    cases = case("a", asked(1)), case("b", asked(2)), evolve(case("transport.truncated"), judge=short)
    record = await run(*cases, answer=answer, options=evolve(QUIET, only=("a", "b")))
    results = by_id(record)
    assert (results["a"].outcome, results["a"].reason) == (Outcome.SKIP, "no whole answer (truncated)")
    assert results["transport.truncated"].outcome is Outcome.FAIL
    assert record.exit_status == 1


@pytest.mark.parametrize(("times", "noted"), [(2, False), (3, True)])
async def test_kept_connections_that_were_closed(times: int, noted: bool) -> None:
    """What HTTP allows is no finding; where it happens again and again, a note says so."""

    class Closes(Scripted):
        async def exchange(self, request: Request, number: int) -> Exchange:
            return evolve(await super().exchange(request, number), resent=int(header(request, "X-Number") == "7"))

    transport = Closes(lambda _: success())
    record = await run_suite(PROFILE, QUIET, transport=transport, cases=[case("a", *[asked(7)] * times)])
    assert record.exit_status == 0
    assert [note.startswith(f"{times} times the target closed a kept") for note in record.notes] == [True] * noted


@pytest.mark.parametrize("wrong", [1, 2, 3, 4, 5, 6])
async def test_first_requests_are_judged(wrong: int) -> None:
    """Whichever of the preflight's requests is answered wrongly, and no other: a case says so."""
    numbers = iter(range(1, 10_000))
    right = world.World()

    def answer(request: Request) -> Response:
        return Response(500, (), b"oops") if next(numbers) == wrong else right(request)

    record = await run_suite(Profile("http://target", world.PROFILE), QUIET, transport=Scripted(answer))
    (failed,) = (result for result in record.results if result.outcome is Outcome.FAIL and result.level is Level.MUST)
    assert [finding.occurrences for finding in failed.findings] == [1]


async def test_budget() -> None:
    """When the budget is used up, what is left is skipped with the reason, and the summary says so."""
    profile = evolve(PROFILE, limits=Limits(max_requests=4))
    record = await run(*(case(f"c{number}", asked(number)) for number in range(5)), profile=profile)
    outcomes = [result.outcome for result in record.results]
    assert (outcomes.count(Outcome.PASS), outcomes.count(Outcome.SKIP)) == (2, 3)
    assert record.requests == 4
    assert {result.reason for result in record.results if result.outcome is Outcome.SKIP} == {
        "the budget of 4 requests is used up (limits.max_requests)"
    }
    assert "The budget of 4 requests (limits.max_requests) was used up; 3 cases were skipped." in record.notes


async def test_violation_before_the_budget_ended() -> None:
    """What was wrong before the budget ended is a finding all the same."""
    profile = evolve(PROFILE, limits=Limits(max_requests=3))
    record = await run(case("a", asked(1), asked(2), wrong=True), profile=profile)
    assert record.results[0].outcome is Outcome.FAIL


@pytest.mark.parametrize(("budget", "why"), [(1, "the profile could not be checked"), (2, "for a single case")])
async def test_budget_too_small(budget: int, why: str) -> None:
    """A budget that ends before a case does leaves nothing tested: exit status 2, whatever the watchers saw."""
    limits = Limits(max_requests=budget)
    record = await run(case("a", asked()), case("b"), profile=evolve(PROFILE, limits=limits))
    assert by_id(record)["b"].outcome is Outcome.PASS
    assert record.exit_status == 2
    assert why in record.undecided
    assert "limits.max_requests" in record.undecided


async def test_interrupted() -> None:
    """An interrupted run returns what it has, and the rest is skipped with the reason."""
    stop = asyncio.Event()

    def answer(request: Request) -> Response:
        if header(request, "x-number") == "2":
            stop.set()
        return success()

    cases = [case(f"c{number}", *[asked(number)] * 3) for number in range(100)]
    record = await run(*cases, answer=answer, stop=stop)
    assert record.interrupted
    outcomes = {result.outcome for result in record.results}
    assert outcomes == {Outcome.PASS, Outcome.SKIP}
    assert len(record.results) == 100
    assert by_id(record)["c99"].reason == "the run was interrupted"


async def test_stopped_before_it_began() -> None:
    """A stop before the first request leaves a record, too."""
    stop = asyncio.Event()
    stop.set()
    record = await run(case("a", asked()), stop=stop)
    assert record.interrupted
    assert record.results[0].outcome is Outcome.SKIP


async def test_known_deviation() -> None:
    """A deviation that the profile knows is expected and fails nothing; nothing else about the run changes."""
    entry = ExpectedDeviation("a", "ticket 12", date(2030, 12, 31))
    profile = evolve(PROFILE, expected_deviations=(entry,))
    record = await run(case("a", asked(), wrong=True), profile=profile, today=lambda: date(2030, 1, 1))
    assert record.results[0].outcome is Outcome.EXPECTED
    assert record.results[0].findings
    assert record.exit_status == 0
    expired = await run(case("a", asked(), wrong=True), profile=profile, today=lambda: date(2031, 1, 1))
    assert expired.exit_status == 1
    mended = await run(case("a", asked()), profile=profile, today=lambda: date(2030, 1, 1))
    assert mended.exit_status == 1


async def test_known_deviation_of_no_case() -> None:
    """A deviation of a case that does not exist stops the run before the first request."""
    entry = ExpectedDeviation("aa", "why", date(2030, 12, 31))
    transport = Scripted(lambda _: success())
    profile = evolve(PROFILE, expected_deviations=(entry,))
    with pytest.raises(ProfileError, match="aa is no case"):
        await run_suite(profile, QUIET, cases=[case("order.foreign", asked())], transport=transport)
    assert transport.asked == []


def test_selection() -> None:
    """Prefixes select cases; a prefix of none is a mistake, with the nearest id."""
    cases = [case("order.foreign", asked()), case("order.unknown", asked()), case("auth.none", asked())]
    assert [each.id for each in selection(evolve(QUIET, only=("order.",)), cases)] == ["order.foreign", "order.unknown"]
    assert len(selection(QUIET, cases)) == 3
    assert len(selection(Options(), cases)) == 3 + len(LAYERS)
    with pytest.raises(
        NothingSelected, match=r"--only order\.foriegn: no case begins so; did you mean order\.foreign\?"
    ):
        selection(evolve(QUIET, only=("order.foriegn",)), cases)
    with pytest.raises(NothingSelected, match="--only success,open: no case begins so; --only stands before each of"):
        selection(Options(only=("success,open",)))


async def test_access_token_that_leaked_early() -> None:
    """A token that stood in a finding before the run knew it for one is redacted at the end."""

    def answer(request: Request) -> Response:
        if header(request, "x-number") == "1":
            return Response(400, (), b'{"note": "_act-1 is not yours"}')
        return success() if header(request, "x-number") == "2" else failure("ER802")

    record = await run(case("a", asked(1), wrong=True), case("b", asked(2)), answer=answer)
    assert "_act-1" not in record.results[0].findings[0].response


def test_contract_hash() -> None:
    """The record names the contract that it was judged by."""
    assert len(contract_hash()) == 64
