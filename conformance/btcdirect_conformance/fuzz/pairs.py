"""The rare states, and a sample, drawn by the run's seed, of what takes two unusual states, written in any way.

The cases send each state alone, and every two of the plain ones; here the others meet: near misses, odd ids, header
fields. There are more of them than a run may send, so each run sends some. They come from tables, so what fails needs
no shrinking but to be tried without one of its states.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from math import ceil
from random import Random
from typing import Any

from attrs import evolve, frozen

from btcdirect_conformance.cases import factors, order_ids, rare
from btcdirect_conformance.cases.combination import Combination
from btcdirect_conformance.cases.fields import WRITINGS, Writing
from btcdirect_conformance.cases.order_ids import OrderId
from btcdirect_conformance.cases.states import State
from btcdirect_conformance.contract import Contract
from btcdirect_conformance.conversation.limits import Effort, NotSent
from btcdirect_conformance.conversation.session import Session
from btcdirect_conformance.exchange import Request
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.findings.grouping import MOST, simplest
from btcdirect_conformance.judgement.oracle import judge
from btcdirect_conformance.judgement.violation import Violation

_CLIENTS = (factors.BY_TOKEN, *factors.CLIENT_FAULTS, factors.BOTH_INVALID_TOKEN, factors.BOTH_INVALID_KEY)
_PLAIN = {"client": _CLIENTS, "user": factors.USER_FAULTS, "order": order_ids.ORDER_FAULTS}
_ALL = {
    "client": (*_CLIENTS, *factors.CLIENT_RELATIONS),
    "user": (*factors.USER_FAULTS, *factors.USER_RELATIONS),
    "order": (*order_ids.ORDER_FAULTS, *order_ids.GRAMMAR),
}
RARE: tuple[tuple[str, State | OrderId], ...] = (
    *(("client", state) for state in rare.CLIENTS),
    *(("user", state) for state in rare.USERS),
    *(("order", state) for state in rare.ORDERS),
)
_ALONE = 0.9
"""The share of the rare states, each with nothing else: all of them, unless a run may send few requests."""

_ONE = 0.5
"""How often another is a state of the tables, alone as well, with other valid states than the cases have beside it."""

_SECOND = Combination(user=factors.OTHER, order=order_ids.FOREIGN)
_USUAL = (Combination(), Combination(), _SECOND)
"""What deserves a success: mostly the first user with his order, now and then the second."""

_VALID = (Combination(client=factors.BY_TOKEN), _SECOND, evolve(_SECOND, client=factors.BY_TOKEN))
"""What deserves a success just as well as what the cases ask, and may be another branch of a program."""

_DRAWS = 20
"""How often it is drawn for each request to send: some were sent before, some the fixtures cannot show."""


@frozen
class _Sample:
    """A state or two of the tables, and how the fields are written."""

    usual: Combination
    combination: Combination
    writing: Writing | None

    def request(self, fixtures: Fixtures, contract: Contract) -> Request | None:
        """The request, or ``None`` if the fixtures cannot show one of its states."""
        if fixtures.missing(self.combination.needs):
            return None
        request = self.combination.request(fixtures, contract.path)
        if request is None or self.writing is None:
            return request
        return evolve(request, headers=self.writing(request.headers))

    def simpler(self) -> Iterator["_Sample"]:
        """The same with one thing less about it."""
        if self.writing:
            yield evolve(self, writing=None)
        for factor in _PLAIN:
            usual = getattr(self.usual, factor)
            if getattr(self.combination, factor) != usual:
                yield evolve(self, combination=evolve(self.combination, **{factor: usual}))


async def pairs(session: Session, fixtures: Fixtures, contract: Contract, effort: Effort) -> Sequence[Violation]:
    """Judges the answers to a sample.

    Returns:
        Each thing that was wrong, with the simplest request that showed it.

    Raises:
        NotSent: A limit ended it before it found anything, or nothing could be drawn.
    """
    known = {exchange.request: judge(exchange, contract) for exchange in session.exchanges}

    async def judged(sample: _Sample) -> Sequence[Violation]:
        request = sample.request(fixtures, contract)
        if request is None:
            return ()
        if request not in known:
            known[request] = judge(await session.send(request), contract)
        return known[request]

    async def reduced(sample: _Sample) -> Sequence[Violation]:
        for simpler in sample.simpler():
            if await judged(simpler):
                return await reduced(simpler)
        return await judged(sample)

    samples = tuple(_drawn(effort, set(known), fixtures, contract))
    if not samples:
        raise NotSent("the profile's fixtures cannot show it")
    found: list[Violation] = []
    failed = 0
    try:
        for sample in samples:
            if violations := await judged(sample):
                failed += 1
                before = len(found)
                found += violations
                if failed <= MOST:
                    found[before:] = await reduced(sample)
    except NotSent:
        if not found:
            raise
    return simplest(found)


def _drawn(effort: Effort, sent: set[Request], fixtures: Fixtures, contract: Contract) -> Iterator[_Sample]:
    """As many samples as there are requests to send, no request twice."""
    random = Random(effort.seed)  # noqa: S311  repeatable, not secret
    enough = len(sent) + effort.requests
    rare = random.sample(RARE, min(len(RARE), ceil(_ALONE * effort.requests)))
    more = (_draw(random) for _ in range(_DRAWS * effort.requests))
    for sample in chain(map(_alone, rare), more):
        if len(sent) == enough:
            return
        request = sample.request(fixtures, contract)
        if request is not None and request not in sent:
            sent.add(request)
            yield sample


def _alone(rare: tuple[str, State | OrderId]) -> _Sample:
    factor, state = rare
    changes: dict[str, Any] = {factor: state}
    return _Sample(_USUAL[0], evolve(_USUAL[0], **changes), None)


def _draw(random: Random) -> _Sample:
    if random.random() < _ONE:
        usual = random.choice(_VALID)
        factor = random.choice(tuple(_ALL))
        one: dict[str, Any] = {factor: random.choice(_ALL[factor])}
        return _Sample(usual, evolve(usual, **one), None)
    usual = random.choice(_USUAL)
    plain, other = random.sample(tuple(_PLAIN), 2)
    states: dict[str, Any] = {plain: random.choice(_PLAIN[plain]), other: random.choice(_ALL[other])}
    return _Sample(usual, evolve(usual, **states), random.choice((None, *WRITINGS)))
