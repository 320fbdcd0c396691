"""Takes secrets out of everything that is printed or written: the profile's, and access tokens out of any answer.

Three nets, since a server may send a secret back in any shape: values under keys that name a token, the known secrets
in the usual encodings, and long pieces of them (a near miss of a valid key gives away the rest of it).
"""

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, cast
from urllib.parse import quote

from attrs import define, field

from .exchange import Fault, Headers, Response

MASK = "<access token>"
FRAGMENT = "<part of a secret>"
LONG_WORD = "<long word>"
EXCERPT = 2000
"""Characters of a body that a finding shows."""

_READ = 16 * EXCERPT
"""Characters of a body that are looked through for an excerpt: megabytes would take seconds a finding."""

_SHORT = 6
"""Below so many characters a value is too common a word to be looked for in other shapes than its own."""

_TOKEN_NAME = re.compile(r"token|secret|passw|jwt|api-?_?key", re.IGNORECASE)
_SECRET_FIELDS = re.compile(r"^(?:set-cookie|cookie|(?:\S*-)?authorization)$|token|secret|jwt|api-?key", re.IGNORECASE)
_JWT = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*){0,2}")
_DATA_TEXT = re.compile(
    r"""(?P<lead>\\*(["'])data\\*\2\s*:\s*)(?P<quote>\\*["'])(?P<text>.*?)(?:(?<!\\)(?P=quote)|\Z)""", re.DOTALL
)
"""``data`` that is a text instead of an object: it can only be the token."""
_LONG_WORD = re.compile(r"(?<![\w-])(?=[A-Za-z_-]*[0-9])(?=[0-9_-]*[A-Za-z])[\w-]{24,}")
"""No text of the API has such a word, and a token may stand where no name says so: bare, in a URL, as a key."""
_MAY_HOLD_TOKEN = re.compile(rb"""oken|\\u|data\\*["']\s*:\s*[\\"'\[]""")
_UNICODE_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})")
_NAMED_VALUE = re.compile(
    r"""
    (?P<lead> (?<![\w.-]) [\w.-]*? (?:access|auth|refresh|sdk|id|session|client|user)? [_.-]? (?:token|secret|jwt)\b
        (?: \\*["'] )? (?: \s+ (?:value|content) )? \s* [:=]>? \s* )
    (?: (?P<quote> \\*["'] ) (?P<text> .*? ) (?: (?<!\\)(?P=quote) | \Z )
      | (?P<nested> [\[{] .* )
      | (?P<bare> [^\s,;&}\]"'<>\\]+ ) )
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


@define(slots=False)
class Redactor:
    """Knows the profile's secrets, learns the access tokens of answers, and takes both out of a text."""

    secrets: Mapping[str, str] = field(repr=False)
    """By the name of the variable that stands for each."""
    _learnt: set[str] = field(factory=set[str], init=False, repr=False)

    @classmethod
    def of(cls, secrets: Mapping[str, str]) -> "Redactor":
        """For a profile's secrets by the name of their keys: ``api_key`` becomes ``$BTCDIRECT_API_KEY``."""
        return cls({f"BTCDIRECT_{name.upper()}": value for name, value in secrets.items()})

    def learn(self, answer: Response | Fault) -> None:
        """Remembers the access tokens of an answer, to find them wherever else they show up."""
        if not _MAY_HOLD_TOKEN.search(answer.body):
            return
        new = {value for value in _tokens(answer.body) if len(value) >= _SHORT} - self._learnt
        if new:
            self._learnt |= new
            vars(self).pop("_patterns", None)

    def text(self, text: str) -> str:
        """The text without any secret."""
        return self._without_known(_without_named(text))

    def body(self, body: bytes) -> str:
        """An excerpt of a body, or how long it is if it is no text."""
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            if error.start < len(body) - 3 or not body[: error.start].isascii():
                return f"<{len(body)} bytes that are no UTF-8 text>"
            text = body[: error.start].decode()
        if "\0" in text:
            return f"<{len(body)} bytes that are no text>"
        shown = _LONG_WORD.sub(LONG_WORD, self.text(_masked_json(text[:_READ])))
        whole = len(shown) <= EXCERPT and len(text) <= _READ
        return shown if whole else f"{shown[:EXCERPT]}… ({len(body)} bytes in all)"

    def answer(self, answer: Response | Fault) -> str:
        """Status line, headers and the start of the body, or what went wrong instead."""
        lines: list[str] = []
        if isinstance(answer, Fault):
            lines.append(f"({answer.kind}: {self.text(answer.detail)})")
        if answer.status is not None:
            lines.append(f"HTTP/1.1 {answer.status}")
        lines += [f"{name}: {value}" for name, value in self.headers(answer.headers)]
        return "\n".join([*lines, "", self.body(answer.body)] if answer.body else lines)

    def headers(self, headers: Headers) -> Iterator[tuple[str, str]]:
        """The fields, those that are secret by their nature without their values."""
        for name, value in headers:
            shown = "<redacted>" if _SECRET_FIELDS.search(name) else self.text(value)
            yield self.text(name), shown

    def _without_known(self, text: str) -> str:
        known, names, pieces = self._patterns
        if known is not None:
            text = known.sub(lambda match: names[match[0].lower()], text)
        text = _JWT.sub(MASK, text)
        for length, grams in pieces.items():
            text = _without_pieces(text, length, grams)
        return text

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str] | None, Mapping[str, str], Mapping[int, frozenset[str]]]:
        names: dict[str, str] = {}
        grams: dict[int, set[str]] = {}
        named = [(value, f"${name}") for name, value in self.secrets.items()]
        for value, name in [*named, *((value, MASK) for value in self._learnt)]:
            for shape in shapes(value):
                names.setdefault(shape.lower(), name)
            if len(value) >= 2 * _SHORT:
                length = min(12, max(8, len(value) // 2))
                lower = value.lower()
                grams.setdefault(length, set()).update(lower[at : at + length] for at in range(len(lower) - length + 1))
        longest_first = sorted(names, key=len, reverse=True)
        known = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if names else None
        return known, names, {length: frozenset(found) for length, found in grams.items()}


def shapes(secret: str) -> Iterator[str]:
    """A secret as it may be written: bare, percent-encoded, in JSON, in HTML, in Base64 at any offset, in hex."""
    yield secret
    if len(secret) < _SHORT:
        return
    data = secret.encode()
    yield quote(secret, safe="")
    yield "".join(f"%{byte:02x}" for byte in data)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    yield html.escape(secret)
    yield data.hex()
    for offset in range(3):
        # Base64 works on groups of three bytes: what stands before the secret shifts it, what stands after it changes
        # the last characters. Only those that depend on the secret alone are looked for.
        whole = b64encode(bytes(offset) + data).decode()
        inner = whole[-(-offset * 8 // 6) : (offset + len(data)) * 8 // 6]
        yield inner
        yield inner.replace("+", "-").replace("/", "_")


def _tokens(body: bytes) -> Iterable[str]:
    text = body.decode("utf-8", "replace")
    try:
        return list(_named_strings(json.loads(text, object_pairs_hook=_pairs), named=False))
    except (ValueError, RecursionError):
        text = _unescaped(text)
        found = [match["text"] or match["bare"] or "" for match in _NAMED_VALUE.finditer(text)]
        return [*found, *(match["text"] for match in _DATA_TEXT.finditer(text))]


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


def _masked_json(text: str) -> str:
    """JSON with the values under names of tokens masked, in its own layout if there is none; other text unescaped."""
    try:
        value = json.loads(text, object_pairs_hook=_pairs)
    except (ValueError, RecursionError):
        return _unescaped(text)
    if not any(True for _ in _named_strings(value, named=False)):
        return text
    return json.dumps(_plain(value, named=False), ensure_ascii=False)


def _plain(value: object, *, named: bool) -> object:
    if isinstance(value, _Pairs):
        return {name: _plain(member, named=named or _names_token(name, member)) for name, member in value}
    if isinstance(value, list):
        return [_plain(member, named=named) for member in cast("list[object]", value)]
    return MASK if named and value is not None and not isinstance(value, bool) else value


def _unescaped(text: str) -> str:
    return _UNICODE_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def _without_named(text: str) -> str:
    return _DATA_TEXT.sub(rf"\g<lead>\g<quote>{MASK}\g<quote>", _NAMED_VALUE.sub(_masked_value, text))


def _masked_value(match: re.Match[str]) -> str:
    quoted = match["quote"] or ""
    if match["bare"] in ("null", "true", "false"):
        return match[0]
    return f"{match['lead']}{quoted}{MASK}{quoted}"


def _without_pieces(text: str, length: int, grams: frozenset[str]) -> str:
    lower = text.lower()
    if len(lower) != len(text):  # a letter whose lower case is longer; positions must agree
        lower = text
    hits = [at for at in range(len(lower) - length + 1) if lower[at : at + length] in grams]
    shown: list[str] = []
    end = 0
    for at in hits:
        if at >= end:
            shown += [text[end:at], FRAGMENT]
        end = max(end, at + length)
    return "".join([*shown, text[end:]])
