"""A request as a curl command that shows the same again, with ``$VARIABLES`` where secrets were."""

import re
import shlex
from collections.abc import Iterator, Sequence

from btcdirect_conformance.exchange import Request
from btcdirect_conformance.judgement.classify import API_KEY, AUTHORIZATION, USER_AUTHORIZATION
from btcdirect_conformance.near_secrets import INVENTED
from btcdirect_conformance.redaction.named_tokens import MASK
from btcdirect_conformance.redaction.redactor import Redactor
from btcdirect_conformance.transport.wire import ACCEPT
from btcdirect_conformance.vocabulary import is_public

from .spelling import Expression, Part, Placeholder, spelled

_CREDENTIALS = frozenset(name.lower() for name in (AUTHORIZATION, API_KEY, USER_AUTHORIZATION))
_SCHEME = re.compile(r"(?:bearer|basic)(?:\s+|\Z)", re.IGNORECASE)
_SHORTEST_IN_URL = 8
"""A shorter secret stands in a URL by chance, unless a path segment is just that."""


def command(request: Request, base_url: str, redactor: Redactor) -> str:
    """The command line, safe to print.

    The target goes out as it is: ``--path-as-is`` keeps dot segments, ``--globoff`` keeps brackets.
    """
    words = ["curl", "-i", "--path-as-is", "--globoff"]
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != "GET":
        words += ["-X", shlex.quote(request.method)]
    says_accept = any(name.lower() == "accept" for name, _ in request.headers)
    for name, value in request.headers if says_accept else (*request.headers, ACCEPT):
        parts = _field(name.lower(), value, redactor)
        lead = f"{name}: " if value else f"{name};"  # "Name;" sends an empty field
        words += ["-H", _quoted([lead, *parts])]
    words.append(_quoted([*_whole(base_url, redactor), *_target(request.target, redactor)]))
    return " ".join(words)


def _field(name: str, value: str, redactor: Redactor) -> Iterator[Part]:
    if name == "cookie":
        yield from _cookies(value, redactor)
    else:
        yield from _credential(value, redactor) if name in _CREDENTIALS else _whole(value, redactor)


def _cookies(value: str, redactor: Redactor) -> Iterator[Part]:
    """What the suite made up or took from the profile, with its names; what the target handed out is not shown."""
    for at, pair in enumerate(value.split("; ")):
        name, _, kept = pair.partition("=")
        yield "; " if at else ""
        if kept == INVENTED or kept in redactor.secrets.values():
            yield f"{name}="
            yield from _value(kept, redactor)
        else:
            yield Placeholder("<a cookie of a success>")


def _credential(value: str, redactor: Redactor) -> Iterator[Part]:
    """What a client or a user is authorized by: any piece of a secret could be in it."""
    scheme = match[0] if (match := _SCHEME.match(value)) else ""
    token = value.removeprefix(scheme)
    yield scheme
    if token == INVENTED:
        yield token
        return
    for part in spelled(token, redactor.secrets):
        shown = redactor.known(part) if isinstance(part, str) else part
        if shown != part:
            part = Placeholder(MASK if shown == MASK else "<a secret, encoded>")
        yield part


def _whole(text: str, redactor: Redactor) -> Iterator[Part]:
    """What no credential is made for: only a whole secret is one."""
    for name, secret in redactor.secrets.items():
        if len(secret) >= _SHORTEST_IN_URL and not is_public(secret):
            before, found, after = text.partition(secret)
            if found:
                yield from _whole(before, redactor)
                yield Expression(f"${{{name}}}")
                yield from _whole(after, redactor)
                return
    yield text


def _target(target: str, redactor: Redactor) -> Iterator[Part]:
    """The path, where digits that are a secret as well are an order's id, and the query."""
    path, mark, query = target.partition("?")
    for segment in re.split(r"(/)", path):
        yield from _value(segment, redactor) if segment.isdecimal() else _whole(segment, redactor)
    yield mark
    for piece in re.split(r"(?<==)([^&]*)", query):
        yield from _value(piece, redactor)


def _value(value: str, redactor: Redactor) -> Iterator[Part]:
    """What may be just a secret, of whatever length."""
    name = next((name for name, secret in redactor.secrets.items() if secret == value), None)
    yield from _whole(value, redactor) if name is None else (Expression(f"${{{name}}}"),)


def _quoted(parts: Sequence[Part]) -> str:
    """One word for a shell."""
    if not any(isinstance(part, Expression) for part in parts):
        return shlex.quote("".join(part if isinstance(part, str) else part.text for part in parts))
    return '"' + "".join(part.text if isinstance(part, Expression) else _escaped(part) for part in parts) + '"'


def _escaped(part: str | Placeholder) -> str:
    text = part if isinstance(part, str) else part.text
    escaped = "".join(f"\\{char}" if char in '\\"$`' else char for char in text)
    return escaped.replace("!", "\"'!'\"")  # which a shell at a terminal takes for its history, even in double quotes
