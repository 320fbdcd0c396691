"""The reader of deep JSON: what the standard library's says, at any depth."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from btcdirect_conformance.judgement import deep_json

_SCALARS = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(_SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
PIECES = st.sampled_from(["", ",", ":", "[", "]", "{", "}", '"', "1", "\\", "\n", "tru", "null", " ", "-", ".", "e"])


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def standard(text: str) -> Any:
    """What the standard library reads, or the type of its refusal."""
    try:
        return json.loads(text, parse_int=float, parse_constant=_no_constant)
    except ValueError:
        return ValueError


def read(text: str) -> Any:
    """What ours reads, or the type of its refusal."""
    try:
        return deep_json.read(text, dict)
    except ValueError:
        return ValueError


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_reads_as_the_standard_library(value: object, indent: int | None, ascii_alone: bool) -> None:
    """Any value, in any layout."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_alone)

    assert read(text) == standard(text)


@given(VALUES, PIECES, st.data())
def test_refuses_as_the_standard_library(value: object, piece: str, data: st.DataObject) -> None:
    """A character more or less anywhere."""
    text = json.dumps(value)
    start = data.draw(st.integers(0, len(text)))
    spoiled = text[:start] + piece + text[data.draw(st.integers(start, min(start + 2, len(text)))) :]

    assert read(spoiled) == standard(spoiled)


@given(st.text(st.sampled_from('[]{},:"10-.eE+ \n\\utrfalsn\0'), max_size=12))
def test_agrees_on_any_text(text: str) -> None:
    """What is JSON and what is none."""
    assert read(text) == standard(text)


def test_depth_is_no_matter() -> None:
    """A hundred thousand levels, whole and broken; the members of an object are handed over as they stand."""
    assert isinstance(read("[" * 100_000 + "]" * 100_000), list)
    assert read("[" * 100_000 + "]" * 99_999) is ValueError
    assert deep_json.read('{"a": 1, "a": [2]}', lambda pairs: {"seen": pairs}) == {"seen": [("a", 1.0), ("a", [2.0])]}


@pytest.mark.parametrize("text", ["", " ", "[1,]", "01", "NaN", "'a'", '"\t"', "[1]]", "{1: 2}"])
def test_no_json(text: str) -> None:
    """Refused with a ``ValueError``, as everywhere."""
    with pytest.raises(ValueError, match="no JSON"):
        deep_json.read(text, dict)
