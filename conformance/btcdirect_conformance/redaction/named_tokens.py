"""Finds access tokens by their names, in JSON that is whole, cut or none at all."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, cast

MASK = "<access token>"

_TOKEN_NAME = re.compile(r"token|secret|passw|jwt|api-?_?key", re.IGNORECASE)
_DATA_TEXT = re.compile(
    r"""(?P<lead>\\*(["'])data\\*\2\s*:\s*)(?P<quote>\\*["'])(?P<text>.*?)(?:(?<!\\)(?P=quote)|\Z)""", re.DOTALL
)
"""``data`` that is a text instead of an object: it can only be the token."""
_MAY_HOLD_TOKEN = re.compile(rb"""oken|\\u|data\\*["']\s*:\s*[\\"'\[]""")
_UNICODE_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_NEEDLESS_ESCAPE = re.compile(r"\\+u00(2[013-9a-f]|[346][0-9a-f]|5[0-9abd-f]|7[0-9a-e])", re.IGNORECASE)
"""Of a printable character that JSON can hold as it is."""
_NAMED_VALUE = re.compile(
    r"""
    (?P<lead> (?<![\w.-]) (?P<tag> < )? [\w.-]*?
        (?: access|auth|refresh|sdk|id|session|client|user)? [_.-]? (?:token|secret|jwt)\b
        (?: (?: \\*["'] )? (?: \] | %5D )? (?: \s+ (?:value|content) )? \s* (?: [:=]>? | =&gt; ) \s*
            (?: string \( [0-9]+ \) \s* )?  # PHP's var_dump
          | \\*["'] ; s: [0-9]+ :  # PHP's serialize
          | (?(tag) [^<>]* > | (?!) ) \s*  # an element
          | </ \w+ > \s* < \w [^<>]* > \s*  # two cells of a table
        ) )
    (?: (?P<quote> \\*["'] ) (?P<text> .*? ) (?: (?<!\\)(?P=quote) | \Z )
      | (?P<nested> [\[{] .* )
      | (?P<bare> [^\s,;&}\]"'<>\\]+ ) )
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def tokens(body: bytes) -> Iterable[str]:
    """The values of a body under names of tokens."""
    if not _MAY_HOLD_TOKEN.search(body):
        return ()
    text = body.decode("utf-8", "replace")
    try:
        return list(_named_strings(json.loads(text, object_pairs_hook=_pairs), named=False))
    except (ValueError, RecursionError):
        text = _unescaped(text)
        found = [match["text"] or match["bare"] or "" for match in _NAMED_VALUE.finditer(text)]
        return [*found, *(match["text"] for match in _DATA_TEXT.finditer(text))]


def is_json(body: bytes) -> bool:
    """Whether a body can be read as JSON."""
    try:
        json.loads(body)
    except RecursionError:
        return True
    except ValueError:
        return False
    return True


def masked(text: str) -> str:
    """Any text with the values under names of tokens masked."""
    return _DATA_TEXT.sub(rf"\g<lead>\g<quote>{MASK}\g<quote>", _NAMED_VALUE.sub(_masked_value, text))


def masked_json(text: str) -> str:
    """JSON with the values under names of tokens masked, in its own layout if there is none; other text unescaped."""
    try:
        value = json.loads(text, object_pairs_hook=_pairs)
        if any(True for _ in _named_strings(value, named=False)):
            return json.dumps(_plain(value, named=False), ensure_ascii=False)
    except (ValueError, RecursionError):
        return _unescaped(text)
    return _NEEDLESS_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


class _Pairs(list[tuple[str, Any]]):
    """An object with every member, those of the same name too."""


def _pairs(members: list[tuple[str, Any]]) -> _Pairs:
    return _Pairs(members)


def _named_strings(value: object, *, named: bool) -> Iterator[str]:
    if isinstance(value, _Pairs):
        for name, member in value:
            yield from _named_strings(member, named=named or _names_token(name, member))
    elif isinstance(value, list):
        for member in cast("list[object]", value):
            yield from _named_strings(member, named=named)
    elif named and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def _names_token(name: str, member: object) -> bool:
    """Whether a member's value is a token: by its name, or as ``data`` that is no object of named things."""
    return bool(_TOKEN_NAME.search(name)) or (name == "data" and not isinstance(member, _Pairs))


def _plain(value: object, *, named: bool) -> object:
    if isinstance(value, _Pairs):
        return {name: _plain(member, named=named or _names_token(name, member)) for name, member in value}
    if isinstance(value, list):
        return [_plain(member, named=named) for member in cast("list[object]", value)]
    return MASK if named and value is not None and not isinstance(value, bool) else value


def _unescaped(text: str) -> str:
    return _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def _masked_value(match: re.Match[str]) -> str:
    quoted = match["quote"] or ""
    if match["bare"] in ("null", "true", "false"):
        return match[0]
    return f"{match['lead']}{quoted}{MASK}{quoted}"
