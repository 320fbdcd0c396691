"""When a token expires by its own account: the vendor calls its client tokens JWTs, which may say so in plain sight."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Any

from btcdirect_conformance.judgement.answers import members


def expiry(token: str) -> datetime | None:
    """The ``exp`` of a JWT (RFC 7519, section 4.1.4), unverified; ``None`` for any other token."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims: Any = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        seconds = (members(claims) or {}).get("exp")
        return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int | float) else None
    except (ValueError, RecursionError, OverflowError, OSError):
        return None


def in_words(when: datetime) -> str:
    """A time as a problem of a profile shows it."""
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"
