"""What counts as a number differs from language to language, and each is right where the documents leave it open."""

import math
import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from hypothesis import given
from tests.conformance.helpers.toy import CONTRACT, answer, envelope, exchange, request, success

from btcdirect_conformance.cases.combination import SAMPLE
from btcdirect_conformance.fuzz.strategies import segments
from btcdirect_conformance.judgement.oracle import judge

_DECIMAL = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
_PHP_BLANKS = r"[ \t\n\r\v\f]*"


def digits(text: str) -> bool:
    """A pattern of ASCII digits, as most people write it."""
    return re.fullmatch(r"[0-9]+", text) is not None


def is_bigint(text: str) -> bool:
    """What a column of 64 bits takes."""
    return digits(text) and int(text[-400:]) < 2**63 and len(text) < 400


def python_isdigit(text: str) -> bool:
    """``str.isdigit``: digits of every script, superscripts too."""
    return text.isdigit()


def python_float(text: str) -> bool:
    """``float``, but for its underscores and what is not a number by name."""
    try:
        return "_" not in text and not math.isnan(float(text))
    except ValueError:
        return False


def php_is_numeric(text: str) -> bool:
    """``is_numeric`` of PHP 8: blanks around, decimals, exponents."""
    return re.fullmatch(f"{_PHP_BLANKS}{_DECIMAL}{_PHP_BLANKS}", text, re.ASCII) is not None


def javascript_number(text: str) -> bool:
    """``Number`` of JavaScript, but for hexadecimal, octal, binary and the empty string."""
    bare = text.strip().strip("\ufeff")
    return re.fullmatch(rf"{_DECIMAL}|[+-]?Infinity", bare, re.ASCII) is not None


@pytest.mark.parametrize(
    "is_number", [digits, is_bigint, python_isdigit, python_float, php_is_numeric, javascript_number]
)
@given(segment=segments(SAMPLE))
def test_a_number_by_any_languages_rules_is_looked_up(is_number: Callable[[str], bool], segment: str) -> None:
    """A server that takes more or fewer texts for numbers, and finds orders by their own digits, conforms."""
    text = unquote(segment)
    known = {"480213": None, "480377": "ER150"}
    code = "ER033" if not text.strip() else known.get(text, "ER035") if is_number(text) else "ER034"
    response = answer(success()) if code is None else answer(envelope(code), 400)

    assert judge(exchange(response, request(segment)), CONTRACT) == ()
