"""What a successful call gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .redaction import Secret

OPEN_STATUSES = frozenset({"missing", "pending"})
"""The statuses that are known to be open: the example of ``GET /api/v2/user/verification-status`` shows them for the
same object (vendor docs). The endpoint's own page names no values, so any other one is handed to the caller."""


@dataclass(frozen=True, slots=True)
class LivenessCheck:
    """The liveness check of an order. Which values its fields take is not documented, so none is refused."""

    name: str
    """Name of the identification status."""
    type: str | None
    """The type of the identification; ``None`` if null or absent."""
    status: str
    """The current status. The vendor's page of another endpoint shows ``missing`` and ``pending``."""
    access_token: Secret | None = None
    """``data.accessToken``: what a front end hands to the identity provider's scanner. Prints as a mask."""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False, hash=False)
    """Additional data as sent; empty if absent, null or ``[]``."""
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False, hash=False)
    """The whole object as sent, fields that no document names included."""

    @property
    def settled(self) -> bool:
        """Whether the status has left the values that are known to be open.

        What it then means is not documented, nor whether there is still an access token.
        """
        return self.status not in OPEN_STATUSES
