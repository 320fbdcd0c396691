"""Every case of the suite, in the order in which they run: the most telling first."""

from functools import cache

from btcdirect_conformance.contract import Contract, load_contract

from .case import Case, Judge, Plan

__all__ = ["Case", "Judge", "Plan", "all_cases"]


def all_cases(contract: Contract | None = None) -> tuple[Case, ...]:
    """The cases, ids unique. Those without a plan come last: they look at what the others were answered."""
    return _all_cases() if contract is None else _build(contract)


@cache
def _all_cases() -> tuple[Case, ...]:
    return _build(load_contract())


def _build(contract: Contract) -> tuple[Case, ...]:  # noqa: ARG001
    return ()
