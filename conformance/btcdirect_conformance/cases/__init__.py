"""Every case of the suite, in the order in which they run: the most telling first."""

from functools import cache

from btcdirect_conformance.contract import Contract, load_contract

from .case import Case, Judge, Plan
from .elsewhere import elsewhere_cases
from .handed_out import handed_out_cases
from .methods import method_cases
from .observing import observing_cases
from .planned import (
    exchanged_cases,
    field_cases,
    first_cases,
    grammar_cases,
    late_cases,
    near_cases,
    other_users_cases,
    pair_cases,
    repeat_cases,
    token_cases,
    triple_cases,
)
from .watching import watching_cases

__all__ = ["Case", "Judge", "Plan", "all_cases"]


def all_cases(contract: Contract | None = None) -> tuple[Case, ...]:
    """The cases, ids unique. Those without a plan come last: they look at what the others were answered."""
    return _built(contract or load_contract())


@cache
def _built(contract: Contract) -> tuple[Case, ...]:
    return (
        *first_cases(contract),
        *token_cases(contract),
        *near_cases(contract),
        *exchanged_cases(contract),
        *field_cases(contract),
        *elsewhere_cases(contract),
        *grammar_cases(contract),
        *repeat_cases(contract),
        *pair_cases(contract),
        *other_users_cases(contract),
        *triple_cases(contract),
        *method_cases(contract),
        *handed_out_cases(contract),
        *late_cases(contract),
        *watching_cases(),
        *observing_cases(contract),
    )
