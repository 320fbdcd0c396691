"""Schemathesis as the second layer over the same contract."""

from collections.abc import Sequence

from .contract import Contract
from .facts import Fixtures
from .layers import Effort
from .session import Session
from .violation import Violation


async def generic(
    session: Session,  # noqa: ARG001
    fixtures: Fixtures,  # noqa: ARG001
    contract: Contract,  # noqa: ARG001
    effort: Effort,  # noqa: ARG001
) -> Sequence[Violation]:
    """Requests from the schema."""
    return ()
