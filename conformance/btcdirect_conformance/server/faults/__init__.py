"""Servers that are wrong on purpose, each in one way. ``FAULTS`` has them by name."""

from collections.abc import Mapping

from btcdirect_conformance.server.faults.codes import CODES
from btcdirect_conformance.server.faults.combinations import COMBINATIONS
from btcdirect_conformance.server.faults.crashes import CRASHES
from btcdirect_conformance.server.faults.credentials import CREDENTIALS
from btcdirect_conformance.server.faults.envelope import ENVELOPE
from btcdirect_conformance.server.faults.framing import FRAMING
from btcdirect_conformance.server.faults.grants import GRANTS
from btcdirect_conformance.server.faults.ids import IDS
from btcdirect_conformance.server.faults.leaks import LEAKS
from btcdirect_conformance.server.faults.media import MEDIA
from btcdirect_conformance.server.faults.methods import METHODS
from btcdirect_conformance.server.faults.model import Fault
from btcdirect_conformance.server.faults.orders import ORDERS
from btcdirect_conformance.server.faults.pool import POOL
from btcdirect_conformance.server.faults.secrets import SECRETS
from btcdirect_conformance.server.faults.status import STATUS
from btcdirect_conformance.server.faults.success import SUCCESS
from btcdirect_conformance.server.faults.texts import TEXTS

__all__ = ["ALL_FAULTS", "FAULTS", "Fault"]

ALL_FAULTS = (
    *CODES, *TEXTS, *ENVELOPE, *SUCCESS, *MEDIA, *STATUS, *SECRETS, *CREDENTIALS, *GRANTS, *COMBINATIONS, *METHODS,
    *ORDERS, *IDS, *CRASHES, *POOL, *LEAKS, *FRAMING,
)  # fmt: skip

FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in ALL_FAULTS}
