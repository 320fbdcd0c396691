"""Hypothesis makes up requests, the oracle judges every one, and what fails is shrunk to the smallest request."""

import gc
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, Phase, configuration, given, seed, settings
from hypothesis.errors import Flaky
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.strategies import SearchStrategy

from btcdirect_conformance.contract import Contract
from btcdirect_conformance.conversation.limits import Effort, NotSent
from btcdirect_conformance.conversation.session import Session
from btcdirect_conformance.exchange import Exchange, Request
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.findings.grouping import simplest
from btcdirect_conformance.judgement.oracle import judge
from btcdirect_conformance.judgement.violation import Violation

from .bridge import Bridge
from .strategies import requests

T = TypeVar("T")

_HOME = "__hypothesis_home_directory"
_LOCAL_CONSTANTS = "_get_local_constants"


class _Deviation(Exception):  # noqa: N818 - how hypothesis is told what to shrink
    """The verdict on a request."""


async def combinations(session: Session, fixtures: Fixtures, contract: Contract, effort: Effort) -> Sequence[Violation]:
    """Judges the answers to combinations of credentials and order ids.

    Returns:
        Each thing that was wrong, with the smallest request that showed it.

    Raises:
        NotSent: A limit ended it before it found anything.
    """
    return await explore(
        session,
        lambda: requests(fixtures, contract),
        lambda request: request,
        lambda _, exchange: judge(exchange, contract),
        effort,
    )


async def explore(
    session: Session,
    make: Callable[[], SearchStrategy[T]],
    request_of: Callable[[T], Request | None],
    judged: Callable[[T, Exchange], Sequence[Violation]],
    effort: Effort,
) -> Sequence[Violation]:
    """Sends what a strategy makes, and shrinks what is answered wrongly.

    Args:
        session: The run's.
        make: Builds what hypothesis makes up from and shrinks.
        request_of: The request in it, or ``None`` if it holds none that can be sent.
        judged: What is wrong with its answer.
        effort: How much to send.

    Returns:
        Each thing that was wrong, with the smallest request that showed it.

    Raises:
        NotSent: A limit ended it before it found anything.
    """
    bridge = Bridge(session)
    violations: list[Violation] = []
    # A request that was sent already is not sent again: hypothesis replays, and a target is not asked for nothing.
    known: dict[Request, Sequence[Violation]] = {}

    def attempt(one: T) -> None:
        request = request_of(one)
        if request is None:
            return
        if request not in known:
            known[request] = judged(one, bridge.send(request))
            violations.extend(known[request])
        if known[request]:
            bridge.found = True
            raise _Deviation

    def engine() -> None:
        limited = settings(
            max_examples=effort.requests,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large),
            report_multiple_bugs=False,
            print_blob=False,
        )
        with _undisturbed(), suppress(_Deviation, Flaky):
            seed(effort.seed)(limited(given(make())(attempt)))()

    try:
        await bridge.run(engine)
    except NotSent:
        if not violations:
            raise
    return simplest(violations)


@contextmanager
def _undisturbed() -> Generator[None, None, None]:
    """Keeps hypothesis to its work, and its files out of the folder that the run was started in.

    It draws constants from the source of modules that are no installed packages, as vendored ones are: what a seed
    sends would depend on the installation. It collects garbage when a thread draws its first number: what stood before
    is none. What it works out of Unicode in two seconds it keeps for the next run. It has no settings for these.
    """
    home: Path | None = getattr(configuration, _HOME, None)
    constants = getattr(providers, _LOCAL_CONSTANTS, None)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    configuration.set_hypothesis_home_dir(cache / "btcdirect-conformance")
    if constants is not None:
        setattr(providers, _LOCAL_CONSTANTS, Constants)
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        configuration.set_hypothesis_home_dir(home)
        if constants is not None:
            setattr(providers, _LOCAL_CONSTANTS, constants)
