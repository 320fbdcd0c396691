"""Hypothesis makes up requests, the oracle judges every one, and what fails is shrunk to the smallest request."""

from collections.abc import Sequence
from contextlib import suppress

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky

from .bridge import Bridge
from .contract import Contract
from .exchange import Request
from .facts import Fixtures
from .findings import size
from .limits import Effort, NotSent
from .oracle import judge
from .session import Session
from .strategies import requests
from .violation import Violation


class _Deviation(Exception):  # noqa: N818 - how hypothesis is told what to shrink
    """The oracle's verdict."""


async def combinations(session: Session, fixtures: Fixtures, contract: Contract, effort: Effort) -> Sequence[Violation]:
    """Judges the answers to combinations of credentials and order ids.

    Returns:
        Each thing that was wrong, with the smallest request that showed it.

    Raises:
        NotSent: A limit ended it before it found anything.
    """
    bridge = Bridge(session)
    violations: list[Violation] = []
    # A request that was sent already is not sent again: hypothesis replays, and a target is not asked for nothing.
    judged: dict[Request, tuple[Violation, ...]] = {}

    @seed(effort.seed)
    @settings(
        max_examples=effort.requests,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large),
        report_multiple_bugs=False,
        print_blob=False,
    )
    @given(requests(fixtures, contract))
    def explore(request: Request) -> None:
        if request not in judged:
            judged[request] = judge(bridge.send(request), contract)
            violations.extend(judged[request])
        if judged[request]:
            bridge.found = True
            raise _Deviation

    def engine() -> None:
        with suppress(_Deviation, Flaky):
            explore()

    try:
        await bridge.run(engine)
    except NotSent:
        if not violations:
            raise
    smallest: dict[str, Violation] = {}
    for violation in sorted(violations, key=_simplicity):
        smallest.setdefault(violation.actual, violation)
    return tuple(smallest.values())


def _simplicity(violation: Violation) -> tuple[int, int]:
    """Fewest faults first, by the codes that they deserve, then the shortest."""
    return len(violation.expected), size(violation.exchange.request)[1]
