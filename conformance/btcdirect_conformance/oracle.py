"""From what a request carries to what may be answered."""

from .contract import Contract
from .exchange import Exchange
from .violation import Violation


def judge(exchange: Exchange, contract: Contract) -> tuple[Violation, ...]:  # noqa: ARG001
    """What is wrong with an answer by the facts of its request: violations of the rule ``answer``, and no others.

    Nothing is said about a request that was turned away for its rate (429, ER920), or that has no whole answer.
    """
    return ()
