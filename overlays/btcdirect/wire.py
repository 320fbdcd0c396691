"""The one module that knows the generated code.

It can't be used whole: it shows tokens in ``repr``, sends one user's token with another's request, and lets
``KeyError`` escape. Its paths and its reading of fields follow the contract, so they are taken from there.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, cast


def liveness_path(order_id: str) -> str:
    """The path of ``GET /api/v2/buy/{id}/identification/liveness``."""
    return cast("str", _generated().path(order_id)["url"])


def name_type_status(payload: Mapping[str, Any]) -> tuple[str, str | None, str] | None:
    """The fields of a liveness check; ``None`` if the generated code can't read the payload.

    Args:
        payload: An object whose required fields are there.
    """
    parse = _generated().status
    try:
        status = parse(payload)
    except Exception:  # Which one depends on the contract: a date, an enum and a nested object each raise their own.
        return None
    return status.name, status.type_ if isinstance(status.type_, str) else None, status.status


class _Generated(NamedTuple):
    path: Callable[[str], dict[str, Any]]
    status: Callable[[Mapping[str, Any]], Any]


@cache
def _generated() -> _Generated:
    # Imported at the first call, to keep the import of the package short. In a checkout pyright doesn't follow the
    # package to its other source root; mypy does, and both do in a wheel.
    from ._wire.api.identification import get_buy_identification_liveness as operation  # pyright: ignore
    from ._wire.models.identification_status import IdentificationStatus  # pyright: ignore

    return _Generated(operation._get_kwargs, IdentificationStatus.from_dict)  # pyright: ignore
