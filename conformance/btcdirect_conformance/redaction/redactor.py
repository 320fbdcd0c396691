"""Takes secrets out of everything that is printed or written: the profile's, and access tokens out of any answer.

Nets one behind the other, since a server may send a secret back in any shape: values under keys that name a token; the
known secrets in the usual encodings, and pieces of them (a near miss of a valid key gives away the rest of it); words
that look like a token, whoever's they are.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from attrs import define, field

from btcdirect_conformance.exchange import Fault, Headers, Response

from . import named_tokens
from .known_secrets import KnownSecrets
from .named_tokens import MASK

LONG_WORD = "<long word>"
EXCERPT = 2000
"""Characters of a body that a finding shows."""

_READ = 16 * EXCERPT
"""Characters of a body that are looked through for an excerpt: megabytes would take seconds a finding."""

_SHORT = 6
"""A shorter value under a token's name is masked there, and is too common a word to be looked for elsewhere."""

_MOST_TOKENS = 200
"""Tokens of one answer that are looked for elsewhere. One answers a question; thousands are a server's mistake."""

_SECRET_FIELDS = re.compile(r"^(?:set-cookie|cookie|(?:\S*-)?authorization)$|token|secret|jwt|api-?key", re.IGNORECASE)
_TOKEN = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*){0,2}|_act-[\w.~-]{6,}")
"""A JWT, or what the vendor's identity provider calls an access token, whatever stands before it."""
_LONG_WORD = re.compile(r"(?<![\w-])(?=[A-Za-z_-]*[0-9])(?=[0-9_-]*[A-Za-z])[\w-]{24,}")
"""No text of the API has such a word, and a token may stand where no name says so: bare, in a URL, as a key."""
_WORD = re.compile(r"(?<![\w.~+/=-])(?=[\w.~+/=-]*[0-9])(?=[\w.~+/=-]*[A-Za-z])[\w.~+/=-]{10,}")
"""In a success that is no JSON nothing says which word is the token, so any that can be one is taken for it."""

_CORRELATION = re.compile(r"(?:x-)?(?:request|correlation|trace|amzn-trace)-id|traceparent|cf-ray", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f-]{1,55}", re.IGNORECASE)
"""What such a field holds is how the vendor finds the request in a log, and no token by its purpose."""
_ENTITY = re.compile(r"&#(?:x(?P<hex>[0-9a-f]{2})|(?P<decimal>[0-9]{2,3}));", re.IGNORECASE)


@define
class Redactor:
    """Knows the profile's secrets, learns the access tokens of answers, and takes both out of a text."""

    secrets: Mapping[str, str] = field(repr=False)
    """By the name of the variable that stands for each."""
    _known: KnownSecrets = field(factory=KnownSecrets, init=False, repr=False)
    _learnt: set[str] = field(factory=set[str], init=False, repr=False)
    _unread: set[str] = field(init=False, repr=False)
    """Learnt since a text was last looked through."""

    def __attrs_post_init__(self) -> None:
        self._unread = set()
        for name, secret in self.secrets.items():
            self._known.add(secret, f"${name}")

    @classmethod
    def of(cls, secrets: Mapping[str, str]) -> "Redactor":
        """For a profile's secrets by the name of their keys: ``api_key`` becomes ``$BTCDIRECT_API_KEY``."""
        return cls({f"BTCDIRECT_{name.upper()}": value for name, value in secrets.items()})

    def learn(self, answer: Response | Fault) -> None:
        """Remembers the access tokens of an answer, to find them wherever else they show up."""
        long_enough = (value for value in named_tokens.tokens(answer.body) if len(value) >= _SHORT)
        new = set(islice(dict.fromkeys(long_enough), _MOST_TOKENS)) - self._learnt
        self._learnt |= new
        self._unread |= new

    def text(self, text: str) -> str:
        """A text from outside without any secret."""
        return self._safe(text, prose=False)

    def sentence(self, text: str) -> str:
        """A text of the suite's own, with what it quotes, without any secret."""
        return self._safe(text, prose=True)

    def known(self, text: str) -> str:
        """A text without the secrets that are known by their values."""
        return self._masked(text, prose=False)

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
        shown = self.text(_ENTITY.sub(_character, named_tokens.masked_json(text[:_READ])))
        whole = len(shown) <= EXCERPT and len(text) <= _READ
        return shown if whole else f"{shown[:EXCERPT]}… ({len(body)} bytes in all)"

    def answer(self, answer: Response | Fault) -> str:
        """Status line, headers and the start of the body, or what went wrong instead."""
        lines: list[str] = []
        if isinstance(answer, Fault):
            lines.append(f"({answer.kind}: {self.sentence(answer.detail)})")
        if answer.status is not None:
            lines.append(f"HTTP/1.1 {answer.status}")
        lines += [f"{name}: {value}" for name, value in self.headers(answer.headers)]
        shown = self.body(answer.body)
        if answer.status in range(200, 300) and not named_tokens.is_json(answer.body):
            shown = _WORD.sub(LONG_WORD, shown)
        return "\n".join([*lines, "", shown] if answer.body else lines)

    def headers(self, headers: Headers) -> Iterator[tuple[str, str]]:
        """The fields, those that are secret by their nature without their values."""
        for name, value in headers:
            if _SECRET_FIELDS.search(name):
                shown = "<redacted>"
            elif _CORRELATION.fullmatch(name) and _HEX.fullmatch(value):
                shown = self.known(value)
            else:
                shown = self.text(value)
            yield self.sentence(name), shown

    def _safe(self, text: str, *, prose: bool) -> str:
        # Twice: a piece of a known secret masked within a token would leave the rest of it, which no net takes for one.
        text = self._shaped(self._shaped(named_tokens.masked(text), _TOKEN, MASK), _LONG_WORD, LONG_WORD)
        return _LONG_WORD.sub(LONG_WORD, _TOKEN.sub(MASK, self._masked(text, prose=prose)))

    def _shaped(self, text: str, shape: re.Pattern[str], label: str) -> str:
        """Masks what has a token's shape, but not what is known, which has a label of its own."""
        if not shape.search(text):
            return text
        known = self._known_secrets().whole_in(text)
        return shape.sub(
            lambda match: match[0] if any(a < match.end() and match.start() < b for a, b in known) else label, text
        )

    def _masked(self, text: str, *, prose: bool) -> str:
        return self._known_secrets().masked(text, prose=prose)

    def _known_secrets(self) -> KnownSecrets:
        while self._unread:
            self._known.add_token(self._unread.pop(), MASK)
        return self._known


def _character(match: re.Match[str]) -> str:
    """What a numeric character reference stands for, if it is printable ASCII."""
    char = chr(int(match["hex"], 16) if match["hex"] else int(match["decimal"]))
    return char if char.isascii() and char.isprintable() else match[0]
