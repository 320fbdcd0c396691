"""Where the API lives."""

from enum import StrEnum


class Environment(StrEnum):
    """The vendor's environments (vendor docs)."""

    PRODUCTION = "https://api.btcdirect.eu"
    SANDBOX = "https://api-sandbox.btcdirect.eu"
    """Access on request."""
