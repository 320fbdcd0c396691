"""Order ids: the orders that a profile knows, and the grammar of what is no number, or not for sure."""

from collections.abc import Callable

from attrs import field, frozen

from btcdirect_conformance.facts import Fixtures

OWNED = "orders.owned"


@frozen
class OrderId:
    """What stands in the path for an order."""

    slug: str
    title: str
    segment: Callable[[Fixtures], str | None] = field(repr=False)
    """The path segment, percent-encoded; ``None`` if the fixtures cannot show it."""
    needs: tuple[str, ...] = (OWNED,)


def from_owned(build: Callable[[str], str | None]) -> Callable[[Fixtures], str | None]:
    """From the owned order's digits; there is nothing to show if they are no digits."""

    def segment(fixtures: Fixtures) -> str | None:
        owned = fixtures.owned or ""
        return build(owned) if owned.isascii() and owned.isdecimal() else None

    return segment


def _plain(text: str) -> Callable[[Fixtures], str | None]:
    return lambda _: text


def _foreign(slug: str, title: str, template: str) -> OrderId:
    """Something made of somebody else's order id."""
    return OrderId(
        f"foreign-{slug}", title, lambda has: has.foreign and template.format(has.foreign), ("orders.foreign",)
    )


def encoded(text: str) -> str:
    """Every octet percent-encoded."""
    return "".join(f"%{octet:02X}" for octet in text.encode())


def grouped(owned: str, mark: str) -> str | None:
    """The digits with a mark between the thousands."""
    number = f"{int(owned):,}"
    return number.replace(",", mark) if "," in number else None


def _parted(owned: str, mark: str) -> str:
    """The digits with a mark where a reader of numbers may want one: between the thousands if there are any."""
    return grouped(owned, mark) or f"{owned[:1]}{mark}{owned[1:] or '0'}"


def shifted(owned: str, zero: str) -> str:
    """The digits in a script whose zero is given."""
    return encoded("".join(chr(ord(zero) + int(digit)) for digit in owned))


def _superscript(owned: str) -> str:
    return encoded("".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in owned))


OWNED_ORDER = OrderId("order", "The user's own order", lambda has: has.owned)
FOREIGN = OrderId("order-foreign", "Somebody else's order", lambda has: has.foreign, ("orders.foreign",))
UNKNOWN = OrderId("order-unknown", "A number that no order has", lambda has: has.unknown, ("orders.unknown",))
TEXT = OrderId("order-not-a-number", "Letters for an order id", _plain("abc"), ())
MISSING = OrderId("order-missing", "No order id", _plain(""), ())

APPLICATION_FAULTS = (FOREIGN, UNKNOWN, TEXT)
"""What a router lets through."""
ORDER_FAULTS = (*APPLICATION_FAULTS, MISSING)

WRAPS = OrderId("wraps-32-bits", "The number plus two to the 32nd", from_owned(lambda owned: str(int(owned) + 2**32)))
BESIDE_WRAPS = OrderId("", "The next number", from_owned(lambda owned: str(int(owned) + 2**32 + 1)))

NO_NUMBERS = (
    OrderId("trailing-text", "Letters after the order's digits", from_owned(lambda owned: f"{owned}abc")),
    _foreign("trailing-text", "Letters after somebody else's order id", "{}abc"),
    OrderId("leading-text", "Letters before the order's digits", from_owned(lambda owned: f"abc{owned}")),
    OrderId("hex", "The order's number in hexadecimal", from_owned(lambda owned: f"0x{int(owned):x}")),
    OrderId("octal", "The order's number in octal", from_owned(lambda owned: f"0o{int(owned):o}")),
    OrderId("underscore", "An underscore between the digits", from_owned(lambda owned: _parted(owned, "_"))),
    OrderId("inner-blank", "A blank between the digits", from_owned(lambda owned: _parted(owned, "%20"))),
    OrderId("quote", "A quote after the digits", from_owned(lambda owned: f"{owned}'")),
    OrderId("sql", "An SQL condition after the digits", from_owned(lambda owned: f"{owned}'%20OR%20'1'='1")),
    OrderId("sql-bare", "An SQL condition after a blank", from_owned(lambda owned: f"{owned}%20OR%201=1")),
    OrderId("sql-union", "Another SQL query after a blank", from_owned(lambda owned: f"{owned}%20UNION%20SELECT%201")),
    OrderId("single-quoted", "Single quotes around the digits", from_owned(lambda owned: f"'{owned}'")),
    OrderId("quoted", "Quotes around the digits", from_owned(lambda owned: f"%22{owned}%22")),
    OrderId("parentheses", "Parentheses around the digits", from_owned(lambda owned: f"({owned})")),
    OrderId("dash", "A dash between the digits", from_owned(lambda owned: _parted(owned, "-"))),
    OrderId("currency", "A dollar sign before the digits", from_owned(lambda owned: f"${owned}")),
    OrderId("comment", "An SQL comment after the digits", from_owned(lambda owned: f"{owned}--")),
    OrderId("template", "A template's braces around the digits", from_owned(lambda owned: f"%7B%7B{owned}%7D%7D")),
    OrderId("markup", "A tag before the digits", from_owned(lambda owned: f"%3Cb%3E{owned}")),
    OrderId("colon", "A colon and a digit after the digits", from_owned(lambda owned: f"{owned}:1")),
    _foreign("zero-and-letter", "A zero before somebody else's order id, a letter after it", "0{}x"),
    OrderId("ampersand", "An ampersand and a letter after the digits", from_owned(lambda owned: f"{owned}%26x")),
    OrderId("format", "A format's suffix after the digits", from_owned(lambda owned: f"{owned}.json")),
    OrderId("long-text", "Many digits and a letter", _plain("9" * 40 + "x"), ()),
    OrderId("suffix", "A literal's suffix after the digits", from_owned(lambda owned: f"{owned}L")),
    OrderId("null", "The word null", _plain("null"), ()),
    OrderId("true", "The word true", _plain("true"), ()),
    OrderId("nan", "NaN", _plain("NaN"), ()),
    OrderId("sign-alone", "A sign without digits", _plain("-"), ()),
    OrderId("emoji", "A character outside the basic plane", _plain(encoded("🦀")), ()),
    OrderId("question-mark", "An encoded question mark after the digits", from_owned(lambda owned: f"{owned}%3Fx")),
    OrderId("hash", "An encoded number sign before the digits", from_owned(lambda owned: f"%23{owned}")),
)
"""Nobody would call these a number: ER034."""

OPEN_NUMBERS = (
    OrderId("negative", "The order's number, negative", from_owned(lambda owned: f"-{owned}")),
    OrderId("decimal", "A decimal number", from_owned(lambda owned: f"{owned}.5")),
    OrderId("decimal-comma", "A decimal number with a comma", from_owned(lambda owned: f"{owned},0")),
    OrderId("dot-separators", "Dots between the thousands", from_owned(lambda owned: grouped(owned, "."))),
    OrderId("exponent", "The order's number with an exponent", from_owned(lambda owned: f"{owned}e0")),
    OrderId(
        "exponent-upper", "The order's number with an exponent in capitals", from_owned(lambda owned: f"{owned}E0")
    ),
    OrderId("blank", "A blank alone", _plain("%20"), ()),
    OrderId("leading-blank", "A blank before the digits", from_owned(lambda owned: f"%20{owned}")),
    OrderId("trailing-blank", "A blank after the digits", from_owned(lambda owned: f"{owned}%20")),
    OrderId("tab", "A tab after the digits", from_owned(lambda owned: f"{owned}%09")),
    OrderId(
        "line-break", "A carriage return and a newline after the digits", from_owned(lambda owned: f"{owned}%0D%0A")
    ),
    OrderId("newline", "A newline after the digits", from_owned(lambda owned: f"{owned}%0A")),
    OrderId("vertical-tab", "A vertical tab after the digits", from_owned(lambda owned: f"{owned}%0B")),
    OrderId("line-separator", "A line separator after the digits", from_owned(lambda owned: f"{owned}%E2%80%A8")),
    OrderId("zero-width", "A zero-width space after the digits", from_owned(lambda owned: f"{owned}%E2%80%8B")),
    OrderId("full-width", "Full-width digits", from_owned(lambda owned: shifted(owned, "\uff10"))),
    OrderId(
        "mixed-width",
        "Digits, the first one in full width",
        from_owned(lambda owned: shifted(owned[:1], "\uff10") + (owned[1:] or "0")),
    ),
    OrderId("arabic", "Arabic-Indic digits", from_owned(lambda owned: shifted(owned, "\u0660"))),
    OrderId("superscript", "Superscript digits", from_owned(_superscript)),
    WRAPS,
    OrderId("wraps-64-bits", "The number plus two to the 64th", from_owned(lambda owned: str(int(owned) + 2**64))),
    OrderId("beyond-64-bits", "A number of 40 digits", _plain("9" * 40), ()),
    OrderId("zero", "Zero", _plain("0"), ()),
    OrderId("infinity", "Infinity", _plain("Infinity"), ()),
    OrderId("plus-sign", "A plus sign before the digits", from_owned(lambda owned: f"%2B{owned}")),
    OrderId("decimal-zero", "The order's number with a decimal zero", from_owned(lambda owned: f"{owned}.0")),
    OrderId("trailing-dot", "A dot after the digits", from_owned(lambda owned: f"{owned}.")),
    OrderId("leading-zero", "A zero before the digits", from_owned(lambda owned: f"0{owned}")),
    _foreign("leading-zero", "A zero before somebody else's order id", "0{}"),
    OrderId("encoded-digits", "The digits, percent-encoded", from_owned(encoded)),
    _foreign("plus-sign", "A plus sign before somebody else's order id", "%2B{}"),
    _foreign("decimal-zero", "Somebody else's order id with a decimal zero", "{}.0"),
    _foreign("leading-blank", "A blank before somebody else's order id", "%20{}"),
    OrderId(
        "foreign-encoded-digits",
        "Somebody else's order id, percent-encoded",
        lambda has: has.foreign and encoded(has.foreign),
        ("orders.foreign",),
    ),
    OrderId("ten-digits", "A number of ten digits", _plain("1234567890"), ()),
    OrderId("one-digit", "A number of one digit", _plain("7"), ()),
    OrderId("beyond-31-bits", "A number between two to the 31st and to the 32nd", _plain("3000000000"), ()),
    OrderId("beyond-63-bits", "A number between two to the 63rd and to the 64th", _plain("9999999999999999999"), ()),
)
"""A number or none: the documents leave it open."""

UNDELIVERED = (
    OrderId("leading-nul", "A NUL before the digits", from_owned(lambda owned: f"%00{owned}")),
    OrderId("nul", "A NUL after the digits", from_owned(lambda owned: f"{owned}%00")),
    OrderId("encoded-slash", "An encoded slash after the digits", from_owned(lambda owned: f"{owned}%2F")),
    OrderId(
        "slash-inside", "An encoded slash and letters after the digits", from_owned(lambda owned: f"{owned}%2Fabc")
    ),
    OrderId(
        "slash-before", "Letters and an encoded slash before the digits", from_owned(lambda owned: f"abc%2F{owned}")
    ),
    OrderId("backslash", "A backslash and letters after the digits", from_owned(lambda owned: f"{owned}%5Cabc")),
    OrderId("inner-backslash", "A backslash between the digits", from_owned(lambda owned: _parted(owned, "%5C"))),
    OrderId(
        "semicolon", "An encoded semicolon and letters after the digits", from_owned(lambda owned: f"{owned}%3Babc")
    ),
    OrderId("wildcard", "A percent sign, SQL's wildcard", _plain("%25"), ()),
    OrderId("dot", "An encoded dot", _plain("%2E"), ()),
    OrderId("dots", "Two encoded dots", _plain("%2E%2E"), ()),
    OrderId("lone-percent", "A percent sign after the digits", from_owned(lambda owned: f"{owned}%")),
    OrderId("bad-percent", "A percent sign before no hexadecimal digits", _plain("%ZZ"), ()),
    OrderId(
        "twice-encoded",
        "The digits, percent-encoded twice",
        from_owned(lambda owned: encoded(owned).replace("%", "%25")),
    ),
    OrderId("no-utf8", "Octets that are no UTF-8", from_owned(lambda owned: f"{owned}%FF")),
    # Python reads no number of more than 4,300.
    OrderId(
        "very-long",
        "A number of 4,400 digits between the order's own",
        from_owned(lambda owned: f"{owned}{'9' * 4400}{owned}"),
    ),
)
"""Routers and HTTP fronts turn these away, or clean them, in their own way."""

GRAMMAR = (*NO_NUMBERS, *OPEN_NUMBERS, *UNDELIVERED)
