"""Unofficial client for the BTC Direct API's liveness check of a buy order."""

from importlib import import_module
from pkgutil import extend_path
from typing import TYPE_CHECKING

# In a checkout the generated half lies in another source root; in a wheel and a vendored copy it lies beside this file.
__path__ = extend_path(__path__, __name__)

__version__ = "0.1.0"

from . import errors
from .auth import ApiKey, ClientCredentials, ClientToken
from .client import Client, User
from .clock import Clock
from .environment import Environment
from .liveness import LivenessCheck
from .polling import Polling
from .retry import Attempt, RetryPolicy

if TYPE_CHECKING:
    from ._watch import Change, Watch
    from .async_client import AsyncClient, AsyncUser
else:
    # Their import of asyncio takes as long as that of all the rest, and blocking code has no use for it.
    _LATE = {"AsyncClient": "async_client", "AsyncUser": "async_client", "Change": "_watch", "Watch": "_watch"}

    def __getattr__(name):
        if name not in _LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_LATE[name]}", __name__), name)


__all__ = [
    "ApiKey",
    "AsyncClient",
    "AsyncUser",
    "Attempt",
    "Change",
    "Client",
    "ClientCredentials",
    "ClientToken",
    "Clock",
    "Environment",
    "LivenessCheck",
    "Polling",
    "RetryPolicy",
    "User",
    "Watch",
    "__version__",
    "errors",
]
