"""Spells a credential as what it is made of: secrets and their pieces as shell expressions, the rest as it is.

So a near miss of a secret can be shown, and sent again, without a character of the secret in it.
"""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from os.path import commonprefix

from attrs import frozen

NOTICEABLE = 4
"""So many characters in a row that a credential shares with a secret are a piece of it, whatever their case."""

_MOST_PIECES = 8
"""What is made of more is not taken apart any further."""


@frozen
class Expression:
    """What a shell, within double quotes, makes of a variable."""

    text: str


@frozen
class Placeholder:
    """What no shell expression was found for, described."""

    text: str


Part = str | Expression | Placeholder


def spelled(value: str, secrets: Mapping[str, str]) -> Iterator[Part]:
    """The parts of a credential, in order.

    Args:
        value: What is sent, without its scheme.
        secrets: By the name of the variable that stands for each.
    """
    names = [name for name, secret in secrets.items() if value == secret]
    if names:
        yield Expression(f"${{{names[0]}}}")
        return
    yield from _around(value, secrets) or _pieces(value, secrets, _MOST_PIECES)


def _around(value: str, secrets: Mapping[str, str]) -> list[Part]:
    """A secret that is whole, cut at an end, extended or changed within: what both begin and end with, and the rest.

    Even a single character that a secret was cut down to is shown so. What a shell can send again is better than what
    shares more, but in a mixed letter case.
    """
    best: tuple[bool, int, list[Part]] = (False, 0, [])
    for name, secret in secrets.items():
        least = min(NOTICEABLE, max(2, len(secret) - 1))
        for of_value, of_secret in ((value, secret), (value.lower(), secret.lower())):
            before = _shared(of_value, of_secret)
            after = _shared(of_value[before:][::-1], of_secret[before:][::-1])
            shared = before + after
            is_cut = before == len(value) or (shared == len(value) and len(secret) <= NOTICEABLE)
            is_changed = max(before, after) >= least or len(value) - 1 <= shared >= least
            if shared and (is_cut or is_changed or shared == len(secret)):
                end = len(value) - after
                parts: list[Part] = [
                    *_expressed(name, secret, 0, value[:before]),
                    *_pieces(value[before:end], secrets, _MOST_PIECES),
                    *_expressed(name, secret, len(secret) - after, value[end:]),
                ]
                is_sent = not any(isinstance(part, Placeholder) for part in parts)
                best = max(best, (is_sent, shared, parts), key=lambda each: each[:2])
    return best[2]


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    return len(commonprefix((one, other)))  # noqa: RUF071 - characters are what it is about


def _pieces(value: str, secrets: Mapping[str, str], most: int) -> list[Part]:
    """The longest piece that a value shares with a secret, and what is before and after it, likewise."""
    lower = value.lower()
    found: tuple[int, int, int, str, bool] | None = None
    for name, secret in secrets.items():
        for backwards in (False, True):
            source = secret.lower()[::-1] if backwards else secret.lower()
            if not any(source[at : at + NOTICEABLE] in lower for at in range(len(source) - NOTICEABLE + 1)):
                continue
            match = SequenceMatcher(None, lower, source, autojunk=False).find_longest_match()
            if found is None or match.size > found[0]:
                found = match.size, match.a, match.b, name, backwards
    if found is None:
        return [value] if value else []
    if not most or len(lower) != len(value):
        return [Placeholder("<several pieces of secrets>")]
    size, at, start, name, backwards = found
    piece = value[at : at + size]
    shown = (
        [Placeholder(f"<piece of {name}, backwards>")] if backwards else _expressed(name, secrets[name], start, piece)
    )
    return [*_pieces(value[:at], secrets, most - 1), *shown, *_pieces(value[at + size :], secrets, most - 1)]


def _expressed(name: str, secret: str, start: int, piece: str) -> Iterator[Part]:
    """How a shell cuts a piece out of a secret, where a piece begins there that differs in letter case at most."""
    if not piece:
        return
    end = start + len(piece)
    source = secret[start:end]
    cases = (
        (source, ""),
        (source.swapcase(), " | tr a-zA-Z A-Za-z"),
        (source.upper(), " | tr a-z A-Z"),
        (source.lower(), " | tr A-Z a-z"),
    )
    change = next((change for spelling, change in cases if spelling == piece), None)
    if change is None:
        yield Placeholder(f"<characters {start + 1} to {end} of {name} in other letter case>")
    elif piece == secret:
        yield Expression(f"${{{name}}}")
    elif piece == secret[:-1]:
        yield Expression(f"${{{name}%?}}")
    elif piece == secret[1:]:
        yield Expression(f"${{{name}#?}}")
    else:
        cut = f" | cut -c{start + 1}-{end if end < len(secret) else ''}" if len(piece) < len(secret) else ""
        yield Expression(f'$(printf %s "${name}"{cut}{change})')
