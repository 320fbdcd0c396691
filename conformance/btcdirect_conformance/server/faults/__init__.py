"""Servers that are wrong on purpose, each in one way. ``FAULTS`` has them by name."""

from collections.abc import Mapping

from .codes import CODES
from .combinations import COMBINATIONS
from .crashes import CRASHES
from .credentials import CREDENTIALS
from .envelope import ENVELOPE
from .framing import FRAMING
from .grants import GRANTS
from .ids import IDS
from .leaks import LEAKS
from .media import MEDIA
from .methods import METHODS
from .model import Fault
from .orders import ORDERS
from .pool import POOL
from .secrets import SECRETS
from .status import STATUS
from .success import SUCCESS
from .texts import TEXTS

__all__ = ["ALL_FAULTS", "FAULTS", "Fault"]

ALL_FAULTS = (
    *CODES, *TEXTS, *ENVELOPE, *SUCCESS, *MEDIA, *STATUS, *SECRETS, *CREDENTIALS, *GRANTS, *COMBINATIONS, *METHODS,
    *ORDERS, *IDS, *CRASHES, *POOL, *LEAKS, *FRAMING,
)  # fmt: skip

FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in ALL_FAULTS}
