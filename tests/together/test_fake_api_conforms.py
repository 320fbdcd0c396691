"""The fake can't drift from the contract: the conformance suite judges it over a socket, as it judges any server."""

import asyncio

from tests.client.fake_server import serving_fake

from btcdirect.testing import FakeApi
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.profile import Profile
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.verdict import Outcome


def test_the_suite_finds_no_fault_with_the_fake() -> None:
    """Strictly, with nothing skipped, and every code seen but the one that no request provokes."""
    fixtures = Fixtures(
        api_key="an-api-key-of-the-fake",
        client_token="a-client-token-that-is-valid",
        expired_client_token="a-client-token-that-has-expired",
        user_token="the-token-of-one-user",
        other_user_token="the-token-of-another-user",
        owned="480213",
        foreign="480377",
        unknown="99120045",
    )
    api = FakeApi(
        api_key=fixtures.api_key or "",
        client_token=fixtures.expired_client_token or "",
        user_token=fixtures.user_token or "",
    )
    api.replace_client_token(fixtures.client_token or "")
    api.add_order("480213")
    api.add_order("480377", user_token=fixtures.other_user_token)
    with serving_fake(api) as base_url:
        profile = Profile(base_url, fixtures)
        record = asyncio.run(run_suite(profile, Options(strict=True, certify=True, seed=480213, unsafe_methods=True)))
    amiss = {Outcome.FAIL, Outcome.ERROR, Outcome.SKIP}
    assert [(result.id, result.outcome, result.reason) for result in record.results if result.outcome in amiss] == []
    assert [code.code for code in record.coverage if not code.observed] == ["ER999"]
    assert record.exit_status == 0
    assert len(api.requests) == record.requests
