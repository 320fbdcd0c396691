"""Finds known secrets, and pieces of them, in a text: one pass over an index by their first characters."""

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from attrs import define, field, frozen

from btcdirect_conformance.vocabulary import is_public, phrases, public_text

FRAGMENT = "<part of a secret>"

PIECE = 5
"""So many characters in a row of a profile's secret are a piece of it, unless the documents have them, too."""

_KEY = 4
"""Characters that the index is by. A shorter secret is looked for as a word of its own."""

_TOKEN_PIECE = 8, 12
"""The same for what was taken for a token by its name, at least and at most: half of it, it may be an ordinary word."""

_PLACEHOLDERS = re.compile(r"\$\{?BTCDIRECT_[A-Z_]+\}?|<(?:access token|part of a secret|long word|redacted)>")
_QUOTED = re.compile(r"(?<!\w)(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?!\w)")


@frozen
class _Whole:
    text: str
    label: str
    common: bool
    """Whether the documents have the word as well."""


@frozen
class _Span:
    start: int
    end: int
    label: str
    common: bool = False


@define
class KnownSecrets:
    """The secrets that a run knows of, in every usual encoding."""

    _wholes: dict[str, list[_Whole]] = field(factory=dict[str, list[_Whole]], init=False, repr=False)
    _pieces: dict[str, set[str]] = field(factory=dict[str, set[str]], init=False, repr=False)
    _short: list[tuple[re.Pattern[str], _Whole]] = field(
        factory=list[tuple[re.Pattern[str], _Whole]], init=False, repr=False
    )
    _starts: set[str] = field(factory=set[str], init=False, repr=False)
    _any_common: bool = field(default=False, init=False)

    def add(self, secret: str, label: str) -> None:
        """A secret of the profile: any piece of it that is longer than a few characters is looked for as well."""
        common = is_public(secret)
        self._any_common |= common
        if len(secret) < _KEY:
            word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])", re.IGNORECASE)
            self._short.append((word, _Whole(secret, label, common)))
        for shape, length in shapes(secret):
            self._whole(shape, label, common=common and shape == secret)
            self._cut(shape, length)

    def add_token(self, token: str, label: str) -> None:
        """A value that an answer called a token."""
        if is_public(token):
            return
        for shape, _ in shapes(token):
            self._whole(shape, label, common=False)
        least, most = _TOKEN_PIECE
        if len(token) >= most:
            self._cut(token, min(most, max(least, len(token) // 2)))

    def masked(self, text: str, *, prose: bool = False) -> str:
        """The text with labels in place of secrets. What was put in place of one before stays.

        Args:
            text: What is to be shown.
            prose: Whether it is a sentence of the suite's own with quotations in it. A secret that is a word of the
                documents ("status") is then taken for one only in a quotation or a URL.
        """
        wholes, pieces = self._found(text)
        if not (wholes or pieces):
            return text
        kept = [match.span() for match in _PLACEHOLDERS.finditer(text)]
        if self._any_common:
            wholes = list(_no_words(text, wholes, prose=prose))
        shown: list[str] = []
        end = 0
        for span in _disjoint(wholes, pieces):
            if any(start <= span.start and span.end <= stop for start, stop in kept):
                continue
            shown += [text[end : span.start], span.label]
            end = span.end
        return "".join([*shown, text[end:]])

    def whole_in(self, text: str) -> Sequence[tuple[int, int]]:
        """Where whole secrets begin and end in a text."""
        return [(span.start, span.end) for span in self._found(text)[0]]

    def _whole(self, shape: str, label: str, *, common: bool) -> None:
        if len(shape) >= _KEY:
            lower = shape.lower()
            self._starts.add(lower[:_KEY])
            entries = self._wholes.setdefault(lower[:_KEY], [])
            if all(entry.text != lower for entry in entries):
                entries.append(_Whole(lower, label, common))

    def _cut(self, shape: str, length: int) -> None:
        lower = shape.lower()
        for at in range(len(lower) - length + 1):
            piece = lower[at : at + length]
            if piece not in public_text():
                self._starts.add(piece[:_KEY])
                self._pieces.setdefault(piece[:_KEY], set()).add(piece)

    def _found(self, text: str) -> tuple[list[_Span], list[_Span]]:
        lower = _lowered(text)
        starts = self._starts
        hits = [at for at in range(len(lower) - _KEY + 1) if lower[at : at + _KEY] in starts]
        wholes = [
            _Span(*match.span(), whole.label, whole.common)
            for word, whole in self._short
            for match in word.finditer(text)
        ]
        pieces: list[_Span] = []
        for at in hits:
            start = lower[at : at + _KEY]
            wholes += [
                _Span(at, at + len(whole.text), whole.label, whole.common)
                for whole in self._wholes.get(start, ())
                if lower.startswith(whole.text, at)
            ]
            pieces += [
                _Span(at, at + len(piece), FRAGMENT)
                for piece in self._pieces.get(start, ())
                if lower.startswith(piece, at)
            ]
        return wholes, pieces


def shapes(secret: str) -> Iterator[tuple[str, int]]:
    """A secret as it may be written, and how many characters in a row of that are a noticeable piece.

    Bare, backwards, percent-encoded, in JSON, in HTML, in Base64 at any offset, in hex.
    """
    yield secret, PIECE
    if len(secret) < _KEY:
        return
    data = secret.encode()
    in_json = json.dumps(secret)[1:-1]
    written = (secret[::-1], *(quote(secret, safe=safe) for safe in ("", "/", "!'()*")), in_json)
    for shape in dict.fromkeys((*written, in_json.replace("/", "\\/"), html.escape(secret))):
        if shape != secret:
            yield shape, PIECE
    yield "".join(f"%{byte:02x}" for byte in data), 3 * PIECE
    yield data.hex(), 2 * PIECE
    for offset in range(3):
        # Base64 works on groups of three bytes: what stands before the secret shifts it, what stands after it changes
        # the last characters. Only those that depend on the secret alone are looked for.
        whole = b64encode(bytes(offset) + data).decode()
        inner = whole[-(-offset * 8 // 6) : (offset + len(data)) * 8 // 6]
        yield inner, PIECE * 8 // 6 + 1
        if (for_urls := inner.replace("+", "-").replace("/", "_")) != inner:
            yield for_urls, PIECE * 8 // 6 + 1


def _lowered(text: str) -> str:
    """In lower case, of the same length: a letter whose lower case is longer stays."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := char.lower()) == 1 else char for char in text)


def _disjoint(wholes: Iterable[_Span], pieces: Iterable[_Span]) -> list[_Span]:
    """Whole secrets first, the longest first, then what pieces are left beside them; in the text's order."""
    chosen: list[_Span] = []
    taken: set[int] = set()
    for span in sorted(wholes, key=lambda one: (one.start - one.end, one.start)):
        if taken.isdisjoint(range(span.start, span.end)):
            chosen.append(span)
            taken.update(range(span.start, span.end))
    loose = sorted({at for span in pieces for at in range(span.start, span.end)} - taken)
    for at in loose:
        if chosen and chosen[-1].label == FRAGMENT and chosen[-1].end == at:
            chosen[-1] = _Span(chosen[-1].start, at + 1, FRAGMENT)
        else:
            chosen.append(_Span(at, at + 1, FRAGMENT))
    return sorted(chosen, key=lambda one: one.start)


def _no_words(text: str, spans: Iterable[_Span], *, prose: bool) -> Iterator[_Span]:
    """Without the words that stand where the documents, or the suite itself, would use them."""
    spoken = [match.span() for match in phrases().finditer(text)]
    quoted = [match.span() for match in _QUOTED.finditer(text)] if prose else []
    for span in spans:
        if span.common:
            if any(start <= span.start and span.end <= end for start, end in spoken):
                continue
            in_url = text[span.start - 1 : span.start] in tuple("=/?&#@") or text[span.end : span.end + 1] in tuple(
                "/&?#@="
            )
            if prose and not in_url and not any(start < span.start and span.end < end for start, end in quoted):
                continue
        yield span
