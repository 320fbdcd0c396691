"""A client library for accessing BTC Direct partner API, liveness check of a buy order"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
