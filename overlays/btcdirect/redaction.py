"""What keeps secrets out of everything that is printed, logged, raised or pickled with an error."""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

MASK = "[redacted]"

_KEPT_CHARACTERS = 500
# Shorter ones are no secrets but a test's "key" and "user", which the API's own texts hold.
_MIN_SECRET = 8

_SENSITIVE = r"(?:token|password|secret|api[-_]?key|auth|cookie|session)"
# All of them are linear in the length of a text that a server may have made to be slow to search.
# A JSON member whose name says that its value is a secret; the closing quote may have been cut off.
_SECRET_MEMBER = re.compile(
    rf"""("[^"]{{0,40}}{_SENSITIVE}[^"]{{0,40}}"\s{{0,9}}:\s{{0,9}})"(?:[^"\\]|\\.)*+(?:"|\\?$)""",
    re.IGNORECASE | re.DOTALL,
)
_SECRET_PARAMETER = re.compile(rf"""([?&][^=&\s"']{{0,40}}{_SENSITIVE}[^=&\s"']{{0,40}}=)[^&\s"'<>]+""", re.IGNORECASE)
_BEARER = re.compile(r"(bearer\s+)[^\s\"'<>,;]{8,}", re.IGNORECASE)
_NAMES_SECRET = re.compile(_SENSITIVE, re.IGNORECASE)
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]++(?:\.[\w-]*+){1,4}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class Secret(str):
    """A secret that is a str and prints as a mask.

    ``repr``, ``str``, ``print``, f-strings and logging show ``[redacted]``. What takes it as data gets the value:
    comparison, ``+``, ``encode``, ``json.dumps``. Where a library insists on ``str()`` (a template engine), give it
    ``reveal()``.
    """

    __slots__ = ()

    def reveal(self) -> str:
        """The value as a plain str."""
        return self[:]

    def __repr__(self) -> str:
        return f"'{MASK}'"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return format(MASK, format_spec)


class Redactor:
    """Masks the secrets that it was given, in every spelling in which a server may echo them."""

    __slots__ = ("_spellings",)

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelling for secret in secrets if len(secret) >= _MIN_SECRET for spelling in _spellings(secret)}
        # The longest first: a secret may contain another.
        self._spellings = sorted(spellings, key=len, reverse=True)

    def __repr__(self) -> str:
        return "Redactor()"

    def text(self, text: str) -> str:
        """The text with the known secrets, and what looks like one, replaced by the mask."""
        for spelling in self._spellings:
            text = text.replace(spelling, MASK)
        text = _SECRET_MEMBER.sub(rf'\1"{MASK}"', text)
        text = _SECRET_PARAMETER.sub(rf"\1{MASK}", text)
        text = _BEARER.sub(rf"\1{MASK}", text)
        return _JWT.sub(MASK, text)

    def excerpt(self, body: bytes) -> str:
        """The start of a body, redacted first and cut afterwards, so that no half of a secret stays."""
        return _cut(self.text(body.decode("utf-8", "replace")))


def one_line(text: str) -> str:
    """The text as one printable line: a server's newline must not forge a second log line."""
    return _UNPRINTABLE.sub(" ", text).strip()


def shortened_line(text: str) -> str:
    """The text as one line of bearable length."""
    return _cut(one_line(text))


def names_secret(header: str) -> bool:
    """Whether a header's name says that its value is a secret."""
    return _NAMES_SECRET.search(header) is not None


def shortened(order_id: str) -> str:
    """Enough of an order's id to recognise it by."""
    return order_id if len(order_id) <= 4 else f"…{order_id[-4:]}"


def _cut(text: str) -> str:
    return text if len(text) <= _KEPT_CHARACTERS else f"{text[:_KEPT_CHARACTERS]}… ({len(text)} characters)"


def _spellings(secret: str) -> tuple[str, ...]:
    written = secret[:], json.dumps(secret)[1:-1]
    # PHP's json_encode escapes slashes.
    escaped = (text.replace("/", "\\/") for text in written)
    return *written, *escaped, quote(secret, safe=""), quote(secret), repr(secret[:])[1:-1]
