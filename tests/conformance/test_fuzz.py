"""Requests that hypothesis and schemathesis make up: judged, shrunk, repeatable, within the limits."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from attrs import evolve
from tests.conformance.helpers.fuzzed import LAYER_BY_ID, PROFILE, enough, truthful
from tests.conformance.helpers.scripted import Scripted, failure, header, success

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.conversation.session import CONNECTIONS
from btcdirect_conformance.exchange import Exchange, Fault, FaultKind, Request, Response
from btcdirect_conformance.facts import ApiKey, ClientToken, Fixtures, Order, UserToken
from btcdirect_conformance.fuzz.schema import with_credentials
from btcdirect_conformance.judgement.classify import read_facts
from btcdirect_conformance.judgement.oracle import rule
from btcdirect_conformance.profile import Limits, Profile
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.server.faults import FAULTS
from btcdirect_conformance.server.freedoms.paths import NarrowFront
from btcdirect_conformance.server.running import running_server
from btcdirect_conformance.server.variants import VARIANTS
from btcdirect_conformance.verdict import CaseResult, Outcome, RunRecord

LAYER_IDS = tuple(LAYER_BY_ID)

Answer = Callable[[Request], Response | Fault]


async def run(
    layer: str, answer: Answer, requests: int = 60, seed: int = 1, profile: Profile = PROFILE, **more: object
) -> tuple[CaseResult, Scripted, RunRecord]:
    """A run of one layer, with about so many requests, against a target that answers so."""
    transport = Scripted(answer)
    options = Options(seed=seed, only=(layer,), fuzz_requests=enough(layer, requests))
    record = await run_suite(profile, options, cases=(), transport=transport, **more)  # type: ignore[arg-type]
    return record.results[0], transport, record


@pytest.mark.parametrize("layer", LAYER_IDS)
async def test_conforming(layer: str) -> None:
    """A target that answers as the oracle allows passes, and was asked about as often as it was meant to be."""
    result, transport, _ = await run(layer, truthful)
    assert (result.outcome, result.reason) == (Outcome.PASS, "")
    assert 20 <= len(transport.asked) <= 120


@pytest.mark.parametrize("layer", LAYER_IDS)
async def test_repeatable(layer: str) -> None:
    """The same seed asks the same, another one something else."""
    asked = [(await run(layer, truthful, seed=seed))[1].asked for seed in (7, 7, 8)]
    assert asked[0] == asked[1] != asked[2]


@pytest.mark.parametrize("layer", LAYER_IDS)
async def test_repeatable_alone(layer: str) -> None:
    """With the seed of a run that had all of them, a layer alone sends what it sent there."""

    async def asked(*only: str) -> list[Request]:
        transport = Scripted(truthful)
        await run_suite(PROFILE, Options(seed=5, only=only), cases=(), transport=transport)
        return transport.asked

    alone = set(await asked(layer))
    assert len(alone) > 12  # more than the profile's check takes
    assert alone <= set(await asked(*LAYER_IDS))


@pytest.mark.parametrize("layer", LAYER_IDS)
async def test_asks_about_orders(layer: str) -> None:
    """Enough of what is made up carries valid credentials for the order id to matter."""
    asked = [request for seed in (1, 2) for request in (await run(layer, truthful, requests=100, seed=seed))[1].asked]
    rulings = [(request.facts.order, rule(request.facts, load_contract())) for request in asked]
    past_the_door = {
        order
        for order, ruling in rulings
        if not any(code.startswith(("ER7", "ER8")) for codes in ruling.codes for code in codes)
    }
    assert len(past_the_door) >= 3


@pytest.mark.parametrize("layer", ["fuzz.combinations", "fuzz.pairs"])
async def test_shrunk(layer: str) -> None:
    """A deviation of one factor is shown by a request in which no other factor is wrong."""

    def answer(request: Request) -> Response:
        return success() if request.facts.order is Order.NOT_A_NUMBER else truthful(request)

    result, _, _ = await run(layer, answer, requests=150)
    assert result.outcome is Outcome.FAIL
    finding = min(result.findings, key=lambda found: len(found.curl))
    assert finding.expected == "ER034"
    assert finding.curl.count("-H") == 3  # Accept, and a credential each of client and user
    assert "USER_TOKEN}" in finding.curl


async def test_two_states_together() -> None:
    """What takes two is shown by the two, in the usual writing; what was asked before is not asked again."""

    def answer(request: Request) -> Response:
        facts = request.facts
        by_token = facts.client_token is ClientToken.VALID and facts.api_key is ApiKey.ABSENT
        return success() if by_token and facts.user_token is UserToken.EMPTY else truthful(request)

    result, transport, _ = await run("fuzz.pairs", answer, requests=1500)
    assert result.outcome is Outcome.FAIL
    assert [finding.actual for finding in result.findings] == ["200, a success"]
    assert "Bearer ${BTCDIRECT_CLIENT_TOKEN}" in result.findings[0].curl
    assert "480213" in result.findings[0].curl
    assert result.findings[0].curl.count("-H") == 3
    assert len(set(transport.asked)) == len(transport.asked)


@pytest.mark.parametrize("seed", range(5))
async def test_one_bad_node(seed: int) -> None:
    """Every eighth answer comes from a node that looks at nothing but the token, whatever is asked."""
    turns = count(1)
    result, _, _ = await run(
        "fuzz.repeats", lambda request: truthful(request) if next(turns) % 8 else success(), seed=seed
    )
    assert result.outcome is Outcome.FAIL
    assert result.findings[0].actual == "200, a success"


async def test_users_that_are_mixed_up() -> None:
    """A target that keeps who asks where the next request finds it is asked by both users at a time."""
    asking: list[str] = []

    class Mixing(Scripted):
        async def exchange(self, request: Request, number: int) -> Exchange:
            asking.append(header(request, "User-Authorization"))
            await asyncio.sleep(0)
            headers = [(name, asking[-1] if name == "User-Authorization" else value) for name, value in request.headers]
            facts = read_facts(request.method, request.target, tuple(headers), PROFILE.fixtures)
            assert facts is not None
            return Exchange(request, truthful(evolve(request, facts=facts)), 0.0, number)

    options = Options(seed=1, only=("fuzz.repeats",))
    record = await run_suite(PROFILE, options, cases=(), transport=Mixing(truthful))
    assert record.results[0].outcome is Outcome.FAIL


async def test_found_by_the_oracle_within_schemathesis() -> None:
    """The oracle is one of schemathesis's checks: a wrong code, in an answer that fits the schema, is found."""

    def answer(request: Request) -> Response:
        right = truthful(request)
        return failure("ER150") if right == failure("ER034") else right

    result, _, _ = await run("fuzz.schema", answer)
    assert result.outcome is Outcome.FAIL
    assert ("ER034" in result.findings[0].expected, result.findings[0].actual) == (True, "400 with ER150")


async def test_found_by_schemathesis() -> None:
    """Its own checks of schema and content type are at work."""

    def answer(request: Request) -> Response:
        right = truthful(request)
        return evolve(right, headers=(("Content-Type", "text/html"),)) if right.status == 200 else right

    result, _, _ = await run("fuzz.schema", answer)
    assert result.outcome is Outcome.FAIL
    assert "content" in result.findings[0].expected.lower()


@pytest.mark.parametrize("layer", LAYER_IDS)
async def test_budget(layer: str) -> None:
    """Fuzzed requests count into the budget, and a layer that it ends is no pass."""
    result, transport, record = await run(layer, truthful, profile=evolve(PROFILE, limits=Limits(max_requests=13)))
    assert len(transport.asked) == record.requests == 13
    assert result.outcome is Outcome.SKIP
    assert "budget of 13" in result.reason


@pytest.mark.parametrize("layer", LAYER_IDS)
async def test_found_before_a_limit(layer: str) -> None:
    """What was found until the budget is used up is reported."""
    limited = evolve(PROFILE, limits=Limits(max_requests=20))
    result, _, _ = await run(layer, lambda _: failure("ER999", status=200), profile=limited)
    assert result.outcome is Outcome.FAIL
    assert result.findings


@pytest.mark.parametrize("layer", LAYER_IDS)
async def test_interrupted(layer: str) -> None:
    """A stop ends a layer at its next request."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    count = 0

    def answer(request: Request) -> Response:
        nonlocal count
        count += 1
        if count == 10:
            loop.call_soon_threadsafe(stop.set)
        return truthful(request)

    result, transport, record = await run(layer, answer, requests=1000, stop=stop)
    assert record.interrupted
    assert result.outcome is Outcome.SKIP
    assert len(transport.asked) <= 10 + 5 * CONNECTIONS  # the event loop takes a few turns to get there


@pytest.mark.parametrize("layer", LAYER_IDS)
async def test_faults_of_the_connection(layer: str) -> None:
    """A layer survives a target that drops connections; that is judged where all exchanges are looked at."""

    def answer(request: Request) -> Response | Fault:
        broken = header(request, "x-api-key") == "" and header(request, "user-authorization") == ""
        return Fault(FaultKind.CONNECTION, "dropped") if broken else truthful(request)

    result, _, _ = await run(layer, answer)
    assert result.outcome is Outcome.PASS


@pytest.mark.parametrize("layer", LAYER_IDS)
async def test_nothing_answered(layer: str) -> None:
    """A layer that never got an answer is no pass."""
    result, _, _ = await run(layer, lambda _: Fault(FaultKind.TRUNCATED, "short"))
    assert result.outcome is not Outcome.PASS


@pytest.mark.parametrize("layer", LAYER_IDS)
@pytest.mark.parametrize(
    "left_out", [("api_key",), ("client_token",), ("user_token",), ("api_key", "client_token", "user_token", "owned")]
)
async def test_poor_profiles(layer: str, left_out: tuple[str, ...]) -> None:
    """A layer does with the fixtures that there are."""
    poor = evolve(PROFILE, fixtures=evolve(PROFILE.fixtures, **dict.fromkeys(left_out)))
    result, _, _ = await run(layer, truthful, requests=20, profile=poor)
    assert result.outcome is Outcome.PASS


@pytest.mark.parametrize("kept", [(), ("expired_client_token",), ("unknown",)])
@pytest.mark.parametrize("layer", ["fuzz.pairs", "fuzz.repeats"])
async def test_nothing_to_draw(layer: str, kept: tuple[str, ...]) -> None:
    """Fixtures that no request can be made of skip the layer, and the suite is not said to be broken."""
    fixtures = Fixtures(**{name: getattr(PROFILE.fixtures, name) for name in kept})
    result, _, _ = await run(layer, truthful, requests=20, profile=evolve(PROFILE, fixtures=fixtures))
    assert (result.outcome, result.reason) == (Outcome.SKIP, "the profile's fixtures cannot show it")


@pytest.mark.parametrize("layer", LAYER_IDS)
async def test_front_that_lets_plain_credentials_through(layer: str) -> None:
    """Whatever a seed draws, a front may have a page for it where a token is no plain one."""

    def filtered(request: Request) -> Response:
        fields = [header(request, name) for name in ("Authorization", "X-Api-Key", "User-Authorization")]
        odd = [value for value in fields if not NarrowFront.plain.fullmatch(value)]
        return Response(403, (("Content-Type", "text/html"),), b"<h1>Forbidden</h1>") if odd else truthful(request)

    for seed in range(6):
        result, _, _ = await run(layer, filtered, seed=seed)
        assert result.outcome is Outcome.PASS


async def test_no_unsafe_methods() -> None:
    """Nothing is made up but the endpoint's own method, whatever the user allows: the cases try the others."""
    for layer in LAYER_IDS:
        _, transport, _ = await run(layer, truthful)
        assert {request.method for request in transport.asked} == {"GET"}


async def test_no_output(capfd: pytest.CaptureFixture[str]) -> None:
    """The engines say nothing by themselves: what they would print holds bodies and secrets."""
    for layer in LAYER_IDS:
        await run(layer, lambda _: success(), requests=20)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("layer", LAYER_IDS)
def test_no_files(layer: str, tmp_path: Path) -> None:
    """A run leaves nothing in the folder that it was started in; a vendored copy of the suite neither."""
    started_in, cache = tmp_path / "here", tmp_path / "cache"
    started_in.mkdir()
    source = Path(__file__).parents[2] / "conformance"
    command = [sys.executable, "-m", "btcdirect_conformance", "run", "--only", layer, "--seed", "1"]
    environment = {**os.environ, "PYTHONPATH": str(source), "XDG_CACHE_HOME": str(cache)}
    run = subprocess.run(command, cwd=started_in, env=environment, capture_output=True)
    assert (run.returncode, run.stderr) == (0, b"")
    assert list(started_in.iterdir()) == []
    assert [path.name for path in cache.rglob("*") if path.name == "constants"] == []


def test_document_with_credentials() -> None:
    """The document for schemathesis is the contract, with the credentials as parameters."""
    contract = load_contract()
    operation = with_credentials(contract, "X-Api-Key")["paths"][contract.path]["get"]
    original = contract.document["paths"][contract.path]["get"]
    assert [parameter["name"] for parameter in operation["parameters"]] == ["id", "X-Api-Key", "User-Authorization"]
    assert operation["parameters"][:1] == original["parameters"]
    assert operation["responses"] == original["responses"]
    assert "security" in original


@pytest.mark.parametrize("number", ["9" * 5_000, "1e400", "-0"])
async def test_odd_numbers(number: str) -> None:
    """A number that Python does not read is JSON all the same, in a field that the documents don't know."""

    def answer(request: Request) -> Response:
        right = truthful(request)
        return evolve(right, body=right.body.replace(b"{", b'{"more": ' + number.encode() + b", ", 1))

    result, transport, _ = await run("fuzz.schema", answer)
    assert (result.outcome, result.findings) == (Outcome.PASS, ())
    assert any(rule(request.facts, load_contract()).success for request in transport.asked)


@pytest.mark.parametrize("variant", sorted(VARIANTS))
async def test_correct_servers(variant: str) -> None:
    """No layer fails a correct server."""
    with running_server(VARIANTS[variant]) as server:
        options = Options(seed=3, only=("fuzz.",), unsafe_methods=True)
        record = await run_suite(profiles.parse(server.profile, {}), options)
    assert [(result.id, result.reason) for result in record.results if result.outcome is not Outcome.PASS] == []


@pytest.mark.parametrize("fault", ["success-type-number", "media-text-html", "envelope-array", "envelope-no-code"])
async def test_faulty_servers(fault: str) -> None:
    """Over real sockets the layers find what the schema says by themselves."""
    with running_server(FAULTS[fault]) as server:
        options = Options(seed=3, only=("fuzz.schema",), fuzz_requests=enough("fuzz.schema", 20))
        record = await run_suite(profiles.parse(server.profile, {}), options)
    assert record.exit_status == 1
