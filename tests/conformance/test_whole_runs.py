"""Every case, against servers that are whole: what a run sends, observes and ends with."""

import pytest
from attrs import evolve
from tests.conformance.helpers import world
from tests.conformance.helpers.scripted import Scripted

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.cases import all_cases
from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.findings.coverage import NEEDS
from btcdirect_conformance.fuzz.layers import LAYERS
from btcdirect_conformance.profile import Profile
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.server.faults import FAULTS
from btcdirect_conformance.server.running import running_server
from btcdirect_conformance.verdict import Level, Outcome

QUIET = Options(seed=1, fuzz_requests=0)


async def test_reference_server_conforms() -> None:
    """The reference server conforms: every case that may be sent passes, eleven codes and more are observed."""
    with running_server() as server:
        record = await run_suite(profiles.parse(server.profile, {}), Options(seed=1, unsafe_methods=True, certify=True))
    assert [result for result in record.results if result.outcome not in (Outcome.PASS, Outcome.INFO)] == []
    assert record.exit_status == 0
    observed = {row.code for row in record.coverage if row.observed}
    assert observed >= set(load_contract().catalogue) - {"ER802", "ER806", "ER999"}
    assert len(observed) >= 11


@pytest.mark.parametrize(
    "fixtures",
    [
        Fixtures("sk:k@1", "12|AbCd", "12|AbCe", "a@b:c|1", "a@b:c|2", "480213", "480377", "99120045"),
        Fixtures("a=b", "1=2", "1=3", "(x)", "(y)", "0042", "0043", "0044"),
        Fixtures("7", "8", "9", "10", "11", "1", "2", "3"),
    ],
)
async def test_fixtures_may_look_like_anything(fixtures: Fixtures) -> None:
    """A target issues what it likes: no document says what a token or an order id looks like."""
    record = await run_suite(
        Profile("http://target", fixtures), Options(seed=1), transport=Scripted(world.World.of(fixtures))
    )

    assert [
        result.id for result in record.results if result.outcome is Outcome.FAIL and result.level is Level.MUST
    ] == []
    assert record.exit_status == 0


async def test_planned_requests() -> None:
    """Without fuzzing a run takes at most 400 requests."""
    with running_server() as server:
        record = await run_suite(profiles.parse(server.profile, {}), Options(fuzz_requests=0, unsafe_methods=True))
    assert record.requests <= 400


@pytest.mark.parametrize("fault", ["framing-hang", "framing-drip"])
async def test_hanging_server_ends(fault: str) -> None:
    """A server that hangs fails the run, and does not hang it."""
    with running_server(FAULTS[fault]) as server:
        profile = profiles.parse(server.profile, {})
        limits = evolve(profile.limits, timeout_seconds=0.3)
        record = await run_suite(evolve(profile, limits=limits), QUIET)
    assert Outcome.FAIL in (result.outcome for result in record.results if result.id == "transport.timeout")
    assert record.exit_status == 1


@pytest.mark.parametrize(
    ("missing", "code", "reason", "status"),
    [
        (("expired_client_token",), "ER801", "the profile has no expired_client_token", 0),
        (("foreign", "other_user_token"), "ER150", "the profile has no orders.foreign or other_user_token", 0),
        (("user_token", "other_user_token"), "ER034", "the profile has no user_token or other_user_token", 2),
        (("api_key", "client_token"), "ER700", "the profile has no api_key or client_token", 2),
    ],
)
async def test_coverage_names_the_missing_fixture(
    missing: tuple[str, ...], code: str, reason: str, status: int
) -> None:
    """A code that was not observed for want of a fixture says which; no target is failed for it.

    Without a success to ask for it conforms to nothing, either.
    """
    with running_server() as server:
        profile = profiles.parse(server.profile, {})
        poor = evolve(profile.fixtures, **dict.fromkeys(missing))
        record = await run_suite(evolve(profile, fixtures=poor), QUIET)
    (row,) = (row for row in record.coverage if row.code == code)
    assert (row.observed, row.reason) == (False, reason)
    assert record.exit_status == status


def test_coverage_knows_every_trigger() -> None:
    """What each trigger of the catalogue needs is said, for these and no others."""
    differing = sorted(set(NEEDS) ^ set(load_contract().codes_by_trigger))
    assert not differing, f"NEEDS in findings/coverage.py lacks {differing}"


async def test_every_case_has_a_distinct_id() -> None:
    """Cases and layers share one space of ids."""
    ids = [each.id for each in (*all_cases(), *LAYERS)]
    assert len(ids) == len(set(ids))
