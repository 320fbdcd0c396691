"""JSON that is nested deeper than Python's own reader goes, read with a stack in place of recursion.

No document limits how deep an extra field may be. Slower than the standard library: for where that gives up.
"""

import json
import re
from collections.abc import Callable
from typing import Any

_PIECE = re.compile(
    r"""
    [ \t\n\r]* (?:
        ( [\[\]{},:] )
      | ( " (?: [^"\\\x00-\x1f] | \\ (?: ["\\/bfnrt] | u[0-9a-fA-F]{4} ) )*+ " )
      | ( -? (?: 0 | [1-9][0-9]* ) (?: \.[0-9]+ )? (?: [eE][+-]?[0-9]+ )? | true | false | null )
      | \Z
      | ( . )
    )
    """,
    re.VERBOSE | re.DOTALL,
)
"""RFC 8259, section 2: a mark, a string, another value without a structure, the end, or what is no JSON."""

_END, _MARK, _STRING, _VALUE = None, 1, 2, 3

# What may come next. A value or the end of an empty array; a name or the end of an empty object; and so on.
_ITEM, _FIRST_ITEM, _NAME, _FIRST_NAME, _COLON, _NEXT = range(6)


def read(text: str, made: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> Any:
    """The value of a JSON text; all numbers are floats.

    Args:
        text: The whole text.
        made: Makes an object of its members, in their order, repeated names included.

    Raises:
        ValueError: It is no JSON.
    """
    items: list[Any] = []
    """Of the innermost array; names and values by turns of the innermost object; the whole value."""
    closing = ""
    outer: list[tuple[list[Any], str]] = []
    due = _ITEM
    for match in _PIECE.finditer(text):
        kind = match.lastindex
        piece = match[kind] if kind else ""
        if due <= _FIRST_ITEM and kind in (_STRING, _VALUE):
            items.append(json.loads(piece, parse_int=float))
            due = _NEXT
        elif due <= _FIRST_ITEM and piece in ("[", "{"):
            outer.append((items, closing))
            items, closing, due = ([], "]", _FIRST_ITEM) if piece == "[" else ([], "}", _FIRST_NAME)
        elif kind == _MARK and piece == closing and due in (_FIRST_ITEM, _FIRST_NAME, _NEXT):
            value = items if closing == "]" else made(list(zip(items[::2], items[1::2], strict=True)))
            items, closing = outer.pop()
            items.append(value)
            due = _NEXT
        elif due in (_NAME, _FIRST_NAME) and kind == _STRING:
            items.append(json.loads(piece))
            due = _COLON
        elif due == _COLON and piece == ":":
            due = _ITEM
        elif due == _NEXT and piece == "," and closing:
            due = _ITEM if closing == "]" else _NAME
        elif due == _NEXT and kind is _END and not closing:
            return items[0]
        else:
            break
    raise ValueError("no JSON, and nested too deeply to say where")
