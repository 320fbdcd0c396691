"""Unofficial client for the BTC Direct API's liveness check of a buy order."""

from pkgutil import extend_path

# In a checkout the generated half lies in another source root; in a wheel and a vendored copy it lies beside this file.
__path__ = extend_path(__path__, __name__)

__version__ = "0.1.0"

from . import errors
from ._watch import Change, Watch
from .async_client import AsyncClient, AsyncUser
from .auth import ApiKey, ClientCredentials, ClientToken
from .client import Client, User
from .clock import Clock
from .environment import Environment
from .liveness import LivenessCheck
from .polling import Polling
from .retry import Attempt, RetryPolicy

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
