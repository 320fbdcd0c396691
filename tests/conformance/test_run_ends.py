"""The end that comes in the midst of a run: what was on its way then, and how much asking about it may cost."""

from collections.abc import Callable

import pytest
from attrs import evolve
from tests.conformance.helpers.scripted import Scripted, failure
from tests.conformance.helpers.world import PROFILE, World
from tests.conformance.test_lapses import EXPIRED, FORGOTTEN, LOGGED_OUT, OTHER_LOGGED_OUT
from tests.conformance.test_lockouts import BLOCKED

from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.conversation.limits import Gate
from btcdirect_conformance.conversation.session import CONNECTIONS, Session
from btcdirect_conformance.exchange import Request, Response
from btcdirect_conformance.profile import Profile
from btcdirect_conformance.redaction.redactor import Redactor
from btcdirect_conformance.run import lapses, lockouts
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.run.successes import pairs
from btcdirect_conformance.verdict import RunRecord

CONTRACT = load_contract()
USER = next(pair.asks for pair in pairs(PROFILE, CONTRACT) if "credentials.client_token" in pair.fixtures)
OTHER_USER = pairs(evolve(PROFILE, user_token=None), CONTRACT)[0].asks

Answer = Callable[[Request], Response]


def locked_out(_: Request) -> Response:
    """The front's page, whatever was asked."""
    return BLOCKED


@pytest.mark.parametrize(
    ("then", "asks"),
    [
        (EXPIRED, USER),
        (FORGOTTEN, USER),
        (LOGGED_OUT, USER),
        (OTHER_LOGGED_OUT, OTHER_USER),
        (locked_out, USER),
    ],
    ids=["expired", "forgotten", "logged-out", "other-logged-out", "locked-out"],
)
@pytest.mark.parametrize(("later", "explained"), [(CONNECTIONS - 1, True), (CONNECTIONS, False)])
async def test_what_was_on_its_way_when_the_end_came(then: Answer, asks: Request, later: int, explained: bool) -> None:
    """As many as go out at a time may be overtaken by a success; what is older was wrong when others were taken."""
    turns = iter((then, *(World() for _ in range(later))))
    session = Session(Scripted(lambda request: next(turns, then)(request)), Gate(None, 100), Redactor({}))
    session.answerable = asks
    sent = [await session.send(asks) for _ in range(1 + later + 1)]
    ends = lockouts.Lockouts(session, CONTRACT) if then is locked_out else lapses.Lapses(session, PROFILE, CONTRACT)
    await ends.look(sent)

    assert session.stopped
    assert ends.explain(sent[0]) is explained
    assert ends.explain(sent[-1])


async def run(transport: Scripted) -> RunRecord:
    """All planned cases."""
    return await run_suite(Profile("http://target", PROFILE), Options(seed=1, fuzz_requests=0), transport=transport)


def misunderstood(request: Request) -> Response:
    """Takes somebody else's order for a wrong user token."""
    answer = World()(request)
    return failure("ER702") if b"ER150" in answer.body else answer


def shielded(request: Request) -> Response:
    """Has the front's page for somebody else's order."""
    answer = World()(request)
    return BLOCKED if b"ER150" in answer.body else answer


@pytest.mark.parametrize(
    ("answer", "most"), [(misunderstood, lapses.MOST), (shielded, lockouts.MOST)], ids=["token", "page"]
)
async def test_asking_in_vain_ends(answer: Answer, most: int) -> None:
    """A target that is wrong about valid credentials gives reasons to ask without end; the budget is not for that."""
    usual, asked = Scripted(World()), Scripted(answer)
    await run(usual)
    record = await run(asked)

    assert record.exit_status == 1
    assert sum(answer(one) != World()(one) for one in asked.asked) > most
    assert len(asked.asked) <= len(usual.asked) + most
