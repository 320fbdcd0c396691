"""What an argument has to be, beyond what a type checker sees: a bool is no number, and nobody awaits an observer."""

from collections.abc import Iterable
from inspect import iscoroutinefunction


def holds_many(value: object) -> bool:
    """Whether it is a collection of things. A str is one of strs and bytes are one of ints, which nobody means."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray | memoryview)


def refuse_no_number(value: object, what: str, kind: str = "a number", *, whole: bool = False) -> None:
    """Refuses what is neither an int nor, unless it has to be whole, a float.

    Raises:
        TypeError: It is something else, such as a bool.
    """
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise TypeError(f"{what} must be {kind}, not {type(value).__name__}")


def refuse_no_plain_function(value: object, what: str) -> None:
    """Refuses what can't be called, and a function whose result would have to be awaited.

    Raises:
        TypeError: It is one of these.
    """
    if not callable(value):
        raise TypeError(f"{what} must be a function, not {type(value).__name__}")
    if iscoroutinefunction(value):
        raise TypeError(f"{what} must be a plain function, not an async one: nobody would await it")
