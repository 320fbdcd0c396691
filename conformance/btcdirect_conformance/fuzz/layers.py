"""The layers beyond planned cases: requests that are drawn, asked again, or made up by hypothesis and schemathesis."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from attrs import frozen

from btcdirect_conformance.conversation.limits import Effort
from btcdirect_conformance.judgement.violation import Violation
from btcdirect_conformance.verdict import Level, Statement

if TYPE_CHECKING:
    from btcdirect_conformance.contract import Contract
    from btcdirect_conformance.conversation.session import Session
    from btcdirect_conformance.facts import Fixtures


class Explore(Protocol):
    """What a layer does."""

    async def __call__(
        self, session: "Session", fixtures: "Fixtures", contract: "Contract", effort: Effort
    ) -> Sequence[Violation]:
        """Sends requests and judges the answers.

        Raises:
            NotSent: A limit ended it before it found anything.
        """
        ...


@frozen
class Layer:
    """One source of requests. It has an id, a level and a sentence, as a case has."""

    id: str
    level: Level
    title: str
    statement: Statement
    explore: Explore
    share: int
    """How much it may send, beside the other layers."""


async def _pairs(session: "Session", fixtures: "Fixtures", contract: "Contract", effort: Effort) -> Sequence[Violation]:
    from .pairs import pairs  # late: it needs the cases' tables, and who lists the layers does not

    return await pairs(session, fixtures, contract, effort)


async def _repeats(
    session: "Session", fixtures: "Fixtures", contract: "Contract", effort: Effort
) -> Sequence[Violation]:
    from .repeats import repeats  # late, as above

    return await repeats(session, fixtures, contract, effort)


async def _combinations(
    session: "Session", fixtures: "Fixtures", contract: "Contract", effort: Effort
) -> Sequence[Violation]:
    from .engine import combinations  # late: hypothesis

    return await combinations(session, fixtures, contract, effort)


async def _generic(
    session: "Session", fixtures: "Fixtures", contract: "Contract", effort: Effort
) -> Sequence[Violation]:
    from .schema import generic  # late: schemathesis takes most of a second to import

    return await generic(session, fixtures, contract, effort)


_ENVELOPE = "A list of possible errors for this endpoint."

LAYERS = (
    Layer(
        id="fuzz.pairs",
        level=Level.MUST,
        title="Two unusual states together, or a rare one, get a success exactly when nothing is wrong with them",
        statement=Statement(text=_ENVELOPE, source="endpoint-page"),
        explore=_pairs,
        share=9,  # each takes a fifth of the time that hypothesis needs for one
    ),
    Layer(
        id="fuzz.repeats",
        level=Level.MUST,
        title="The plainest requests, asked again and several at a time, are answered as they deserve",
        statement=Statement(text=_ENVELOPE, source="endpoint-page"),
        explore=_repeats,
        share=4,
    ),
    Layer(
        id="fuzz.combinations",
        level=Level.MUST,
        title="Any combination of credentials and order id gets a success exactly when nothing is wrong with it",
        statement=Statement(text=_ENVELOPE, source="endpoint-page"),
        explore=_combinations,
        share=1,
    ),
    Layer(
        id="fuzz.schema",
        level=Level.MUST,
        title="Requests made from the schema are answered as the contract says",
        statement=Statement(text=_ENVELOPE, source="endpoint-page"),
        explore=_generic,
        share=1,
    ),
)


def requests_of(layer: Layer, requests: int) -> int:
    """How many of a run's fuzzed requests are this layer's: at least one."""
    return max(1, requests * layer.share // sum(each.share for each in LAYERS))
