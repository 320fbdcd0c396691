"""The one module that knows the generated code.

It can't be used whole: it shows tokens in ``repr``, sends one user's token with another's request, and lets
``KeyError`` escape. Its paths and its reading of fields follow the contract, so they are taken from there.
"""

from collections.abc import Mapping
from typing import Any, cast

# In a checkout pyright doesn't follow the package to its other source root; mypy does, and both do in a wheel.
from ._wire.api.identification import get_buy_identification_liveness as _operation  # pyright: ignore
from ._wire.models.identification_status import IdentificationStatus  # pyright: ignore


def liveness_path(order_id: str) -> str:
    """The path of ``GET /api/v2/buy/{id}/identification/liveness``."""
    return cast("str", _operation._get_kwargs(order_id)["url"])  # pyright: ignore


def name_type_status(payload: Mapping[str, Any]) -> tuple[str, str | None, str]:
    """The fields of a liveness check.

    Args:
        payload: An object whose required fields are there.
    """
    status = cast("Any", IdentificationStatus.from_dict(payload))  # pyright: ignore
    return status.name, status.type_ if isinstance(status.type_, str) else None, status.status
