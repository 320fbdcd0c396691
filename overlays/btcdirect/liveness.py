"""What a successful call gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .redaction import Secret


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
