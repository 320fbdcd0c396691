"""The plainest requests again, several at a time: one bad node in a pool, or a user who is mixed up with another.

A case asks each of them a few times, and the cases are what a run without fuzzing has room for.
"""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import chain, islice, repeat
from random import Random

from btcdirect_conformance.cases import factors, order_ids
from btcdirect_conformance.cases.combination import Combination
from btcdirect_conformance.contract import Contract
from btcdirect_conformance.conversation.limits import Effort, NotSent
from btcdirect_conformance.conversation.session import CONNECTIONS, Session
from btcdirect_conformance.exchange import Request
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.findings.grouping import simplest
from btcdirect_conformance.judgement.oracle import judge
from btcdirect_conformance.judgement.violation import Violation

_PLAINEST = (
    Combination(),
    Combination(user=factors.OTHER, order=order_ids.FOREIGN),
    Combination(order=order_ids.FOREIGN),
    Combination(user=factors.OTHER),
    Combination(order=order_ids.UNKNOWN),
    Combination(client=factors.NO_CLIENT),
    Combination(client=factors.NO_CLIENT, user=factors.OTHER, order=order_ids.FOREIGN),
    Combination(client=factors.TOKEN_EXPIRED),
    Combination(user=factors.NO_USER),
)
"""Both users with their orders, and what the cases ask least often of what must not get them."""


async def repeats(session: Session, fixtures: Fixtures, contract: Contract, effort: Effort) -> Sequence[Violation]:
    """Judges the answers to each of them, as often as there are requests to send.

    Returns:
        Each thing that was wrong, with the simplest request that showed it.

    Raises:
        NotSent: A limit ended it before it found anything, or the fixtures show none of them.
    """
    shown = [one for one in _PLAINEST if not fixtures.missing(one.needs)]
    requests = [request for one in shown if (request := one.request(fixtures, contract.path))]
    if not requests:
        raise NotSent("the profile's fixtures cannot show it")
    queue = islice(_shuffled(requests, effort.seed), effort.requests)
    found: list[Violation] = []
    unsent: NotSent | None = None

    async def worker() -> None:
        nonlocal unsent
        try:
            for request in queue:
                found.extend(judge(await session.send(request), contract))
        except NotSent as reason:
            unsent = reason

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(worker())
    if unsent and not found:
        raise unsent
    return simplest(found)


def _shuffled(requests: Sequence[Request], seed: int) -> Iterator[Request]:
    """Each of them in turn, in ever another order: nodes take turns as well, and one would get the same each time."""
    random = Random(seed)  # noqa: S311  repeatable, not secret
    return chain.from_iterable(random.sample(each, len(each)) for each in repeat(requests))
