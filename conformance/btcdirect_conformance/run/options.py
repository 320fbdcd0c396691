"""What somebody asks of a run, and which cases that selects."""

from collections.abc import Sequence
from difflib import get_close_matches

from attrs import frozen

from btcdirect_conformance.cases import Case, all_cases
from btcdirect_conformance.fuzz.layers import LAYERS, Layer

FUZZ_REQUESTS = 160
"""About how many requests the fuzzing layers send together, unless told otherwise. The planned cases are what finds
deviations, so these are few; ``--fuzz-requests`` asks for more."""


class NothingSelected(Exception):  # noqa: N818 - says what is the matter
    """``--only`` selects no case; its text suggests another."""


@frozen
class Options:
    """How a run is done."""

    strict: bool = False
    certify: bool = False
    seed: int | None = None
    """``None`` draws one; the record names it."""
    only: tuple[str, ...] = ()
    """Beginnings of case ids; empty selects all."""
    exactly: frozenset[str] = frozenset()
    """Whole case ids; empty selects all."""
    unsafe_methods: bool = False
    fuzz_requests: int = FUZZ_REQUESTS
    """0 leaves the fuzzing layers out."""
    target: str | None = None
    """What the report calls the target, instead of its base URL."""


def everything(cases: Sequence[Case] | None = None) -> tuple[Case | Layer, ...]:
    """All that gets a verdict: the cases, this version's if none are given, and the layers."""
    return (*(all_cases() if cases is None else cases), *LAYERS)


def selection(options: Options, cases: Sequence[Case] | None = None) -> tuple[Case | Layer, ...]:
    """What a run with these options gives a verdict on, in its order.

    Raises:
        NothingSelected: ``only`` names no case.
    """
    known = everything(cases)
    for prefix in options.only:
        if not any(case.id.startswith(prefix) for case in known):
            near = get_close_matches(prefix, [case.id for case in known], 1, 0.4)
            hint = f"did you mean {near[0]}?" if near else "btcdirect-conformance cases lists them"
            hint = "--only stands before each of several" if "," in prefix else hint
            raise NothingSelected(f"--only {prefix}: no case begins so; {hint}")
    chosen = [case for case in known if not options.only or case.id.startswith(options.only)]
    chosen = [case for case in chosen if not options.exactly or case.id in options.exactly]
    return tuple(case for case in chosen if not isinstance(case, Layer) or options.fuzz_requests)
