"""What counts as a number: the mistakes of real parsers."""

import re
from collections.abc import Callable, Sequence
from urllib.parse import unquote, unquote_to_bytes

from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Order

from .model import Fault, category

Parse = Callable[[str], str | None]
"""From the decoded segment to the number that it is taken for, or ``None``."""


def _parsing(parse: Parse) -> type[Rules]:
    """Rules that take more for a number."""

    class Parsing(Rules):
        def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
            number, problems = super().order_id(segment)
            if problems != ("ER034",):
                return number, problems
            taken = parse(unquote_to_bytes(segment).decode("utf-8", "replace"))
            return (None, problems) if taken is None else (taken, ())

    return Parsing


class _Cut(Rules):
    """Keeps as many digits as the column has room for."""

    def order(self, number: str, subject: str) -> tuple[Order | None, Sequence[str]]:
        return super().order(number[: len(self.store.fixtures.owned)], subject)


def _group(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> Parse:
    """The first group of the pattern."""
    compiled = re.compile(pattern, flags)
    return lambda text: match[1] if (match := compiled.match(text)) else None


def _digits(text: str) -> str | None:
    """Every Unicode digit by its value."""
    try:
        return str(int(text)) if text.isdecimal() else None
    except ValueError:
        return None


def _marked(pattern: str, base: int) -> Parse:
    """Digits of another base, after the mark for it."""
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: str(int(match[1], base)) if (match := compiled.fullmatch(text)) else None


def _underscored(text: str) -> str | None:
    return text.replace("_", "") if re.fullmatch(r"[0-9]+(_[0-9]+)+", text) else None


def _grouped(mark: str) -> Parse:
    """Three digits between marks."""
    pattern = re.compile(rf"[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+")
    return lambda text: text.replace(mark, "") if pattern.fullmatch(text) else None


def _dashed(text: str) -> str | None:
    return text.replace("-", "") if re.fullmatch(r"[0-9]+(-[0-9]+)+", text) else None


def _only_digits(text: str) -> str | None:
    return re.sub(r"[^0-9]", "", text) or None


def _without_backslashes(text: str) -> str | None:
    rest = text.replace("\\", "")
    return rest if rest.isdecimal() else None


def _decoded_again(text: str) -> str | None:
    again = unquote(text)
    return again if again != text and re.fullmatch(r"[0-9]+", again) else None


def _intval(text: str) -> str:
    """PHP's ``intval``: what does not begin with digits is 0."""
    match = re.match(r"[0-9]+", text)
    return match[0] if match else "0"


class _MissingIsLast(Rules):
    """No id means the user's last order."""

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        number, problems = super().order_id(segment)
        return (self.store.fixtures.owned, ()) if problems == ("ER033",) else (number, problems)


class _WrapsAround(Rules):
    """The number goes into 32 bits."""

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        number, problems = super().order_id(segment)
        return (str(int(number) % 2**32), ()) if number and len(number) < 19 else (number, problems)


class _Wildcard(Rules):
    """The id goes into a LIKE."""

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        number, problems = super().order_id(segment)
        text = unquote(segment.decode("ascii"))
        return (self.store.fixtures.owned, ()) if re.fullmatch(r"[%*_]+", text) else (number, problems)


class _Injection(Rules):
    """The id goes into a query as it is."""

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        number, problems = super().order_id(segment)
        return (self.store.fixtures.owned, ()) if b"'" in unquote_to_bytes(segment) else (number, problems)


class _NewlineIsMissing(Rules):
    """Reads the id by lines, from the last."""

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        return super().order_id(b"" if unquote_to_bytes(segment).endswith(b"\n") else segment)


def _none_if(too: Callable[[int], bool]) -> type[Rules]:
    """Rules whose pattern of ids is about how many digits there are."""

    class NoneIf(Rules):
        def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
            number, problems = super().order_id(segment)
            return (None, ("ER034",)) if number and too(len(number)) else (number, problems)

    return NoneIf


_NOT_A_NUMBER = "order.not-a-number"

IDS = category(
    "ids",
    Fault(
        "id-ten-digits-is-none",
        "A number of ten digits is none.",
        "order.grammar.ten-digits",
        _none_if(lambda digits: digits == 10),
    ),
    Fault(
        "id-short-is-none",
        "A number of one digit is none.",
        "order.grammar.one-digit",
        _none_if(lambda digits: digits < 3),
    ),
    Fault(
        "id-intval",
        "PHP's intval: digits count until the first other character.",
        "order.grammar.trailing-text",
        _parsing(_intval),
    ),
    Fault(
        "id-trailing-text",
        "Text after the digits is cut off.",
        "order.grammar.trailing-text",
        _parsing(_group(r"([0-9]+)[A-Za-z]")),
    ),
    Fault(
        "id-leading-text",
        "Text before the digits is cut off.",
        "order.grammar.leading-text",
        _parsing(_group(r"[A-Za-z]+([0-9]+)$")),
    ),
    Fault(
        "id-only-digits", "Everything but the digits is dropped.", "order.grammar.leading-text", _parsing(_only_digits)
    ),
    Fault("id-hexadecimal", "Hexadecimal numbers count.", "order.grammar.hex", _parsing(_marked(r"0x([0-9a-f]+)", 16))),
    Fault("id-octal", "Octal numbers count.", "order.grammar.octal", _parsing(_marked(r"0o([0-7]+)", 8))),
    Fault("id-unicode-digits", "Digits of any script count.", "order.grammar.full-width", _parsing(_digits)),
    Fault(
        "id-nul", "A NUL ends the number, as in C.", "order.grammar.nul", _parsing(_group(r"([0-9]+)\x00", re.DOTALL))
    ),
    Fault(
        "id-underscores",
        "Underscores between digits count for nothing, as in Python.",
        "order.grammar.underscore",
        _parsing(_underscored),
    ),
    Fault(
        "id-quotes",
        "Quotes around the number are taken off.",
        "order.grammar.quoted",
        _parsing(_group(r"[\"']([0-9]+)[\"']$")),
    ),
    Fault(
        "id-zero-width",
        "Characters without width are trimmed.",
        "order.grammar.zero-width",
        _parsing(_group("([0-9]+)[\u200b\ufeff]$")),
    ),
    Fault(
        "id-slashes-stripped",
        "Backslashes are stripped, as by PHP's stripslashes.",
        "order.grammar.inner-backslash",
        _parsing(_without_backslashes),
    ),
    Fault(
        "id-vertical-tab",
        "A vertical tab is trimmed.",
        "order.grammar.vertical-tab",
        _parsing(_group(r"([0-9]+)\v$")),
    ),
    Fault(
        "id-line-separator",
        "A line separator is cut off.",
        "order.grammar.line-separator",
        _parsing(_group("([0-9]+)\u2028$")),
    ),
    Fault("id-currency", "A sign of money is dropped.", "order.grammar.currency", _parsing(_group(r"[$#€]([0-9]+)$"))),
    Fault(
        "id-dashes-grouped",
        "Dashes may stand between the thousands.",
        "order.grammar.dash",
        _parsing(_grouped("-")),
    ),
    Fault(
        "id-injection-union",
        "The id goes into a query that may have more.",
        "order.grammar.sql-union",
        _parsing(_group(r"([0-9]+) union select", re.IGNORECASE)),
    ),
    Fault("id-cut-to-32-bits", "Only 32 bits of the number count.", "order.grammar.wraps-32-bits", _WrapsAround),
    Fault("id-tab", "A tab is trimmed.", "order.grammar.tab", _parsing(_group(r"([0-9]+)\t$"))),
    Fault("id-line-break", "A line break is cut off.", "order.grammar.line-break", _parsing(_group(r"([0-9]+)\r\n\Z"))),
    Fault(
        "id-leading-nul",
        "A NUL before the digits is dropped.",
        "order.grammar.leading-nul",
        _parsing(_group(r"\0([0-9]+)")),
    ),
    Fault("id-parentheses", "Parentheses group.", "order.grammar.parentheses", _parsing(_group(r"\(([0-9]+)\)$"))),
    Fault("id-colon", "A colon ends the number.", "order.grammar.colon", _parsing(_group(r"([0-9]+):"))),
    Fault("id-mixed-width", "Digits of full width are digits.", "order.grammar.mixed-width", _parsing(_digits)),
    Fault("id-dash", "Dashes may stand between the digits.", "order.grammar.dash", _parsing(_dashed)),
    Fault(
        "id-comment",
        "The id goes into a query, and two dashes end it.",
        "order.grammar.comment",
        _parsing(_group(r"([0-9]+)--")),
    ),
    Fault("id-ampersand", "An ampersand ends the number.", "order.grammar.ampersand", _parsing(_group(r"([0-9]+)&"))),
    Fault("id-format", "A format may follow the number.", "order.grammar.format", _parsing(_group(r"([0-9]+)\.json$"))),
    Fault(
        "id-injection-bare",
        "The id goes into a query without quotes.",
        "order.grammar.sql-bare",
        _parsing(_group(r"([0-9]+) or 1=1$", re.IGNORECASE)),
    ),
    Fault(
        "id-dots-grouped",
        "Dots may stand between the thousands.",
        "order.grammar.dot-separators",
        _parsing(_grouped(".")),
    ),
    Fault(
        "id-blanks-grouped",
        "Blanks may stand between the thousands.",
        "order.grammar.inner-blank",
        _parsing(_grouped(" ")),
    ),
    Fault(
        "id-single-quotes",
        "Single quotes around the number are taken off.",
        "order.grammar.single-quoted",
        _parsing(_group(r"'([0-9]+)'$")),
    ),
    Fault(
        "id-capital-exponent",
        "An exponent is read.",
        "order.grammar.exponent-upper",
        _parsing(_group(r"([0-9]+)E0$")),
    ),
    Fault("id-semicolon", "A semicolon ends the number.", "order.grammar.semicolon", _parsing(_group(r"([0-9]+);"))),
    Fault(
        "id-slash",
        "An encoded slash ends the number.",
        "order.grammar.slash-inside",
        _parsing(_group(r"([0-9]+)[/\\]")),
    ),
    Fault("id-basename", "The last part is read.", "order.grammar.slash-before", _parsing(_group(r"\w*/([0-9]+)$"))),
    Fault("id-cut", "A long number is cut.", "order.grammar.very-long", _Cut),
    Fault("id-inner-blank", "A blank ends the number.", "order.grammar.sql-bare", _parsing(_group(r"([0-9]+)\s+\S"))),
    Fault(
        "id-twice-decoded",
        "The id is percent-decoded twice.",
        "order.grammar.twice-encoded",
        _parsing(
            _decoded_again,
        ),
    ),
    Fault(
        "id-words",
        "null and true are numbers.",
        "order.grammar.null",
        _parsing(lambda text: "0" if text in {"null", "true", "false", "undefined", "NaN"} else None),
    ),
    Fault("id-any-text", "Any text is an id.", _NOT_A_NUMBER, _parsing(lambda text: text)),
    Fault("id-wildcard", "A wildcard finds the user's order.", "order.grammar.wildcard", _Wildcard),
    Fault("id-injection", "A quote in the id changes the query.", "order.grammar.sql", _Injection),
    Fault("id-missing-is-last", "No id means the user's last order.", "order.missing", _MissingIsLast),
    Fault(
        "id-newline-is-missing", "A newline after the digits leaves no id.", "order.grammar.newline", _NewlineIsMissing
    ),
)
