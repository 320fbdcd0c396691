"""A request as a curl command that shows the same again, with ``$VARIABLES`` where secrets were."""

import shlex
from collections.abc import Iterator

from .exchange import Request
from .redaction import Redactor


def command(request: Request, base_url: str, redactor: Redactor) -> str:
    """The command line, safe to print.

    The target goes out as it is: ``--path-as-is`` keeps dot segments, ``--globoff`` keeps brackets.
    """
    words = ["curl", "-i", "--path-as-is", "--globoff"]
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != "GET":
        words += ["-X", shlex.quote(request.method)]
    for name, value in request.headers:
        words += ["-H", _quoted(f"{name}: {value}" if value else f"{name};", redactor)]  # "Name;" sends an empty field
    words.append(_quoted(base_url + request.target, redactor))
    return " ".join(words)


def _quoted(text: str, redactor: Redactor) -> str:
    for name, secret in redactor.secrets.items():
        for shape, expression in _derived(name, secret):
            before, found, after = text.partition(shape)
            if found:
                return f'"{_escaped(redactor.text(before))}{expression}{_escaped(redactor.text(after))}"'
    return shlex.quote(redactor.text(text))


def _derived(name: str, secret: str) -> Iterator[tuple[str, str]]:
    """A secret and its near misses, each with what a shell makes of the variable to get it."""
    yield secret, f"${{{name}}}"
    if len(secret) < 2:
        return
    swap = f'$(printf %s "${name}" | tr a-zA-Z A-Za-z)'
    yield secret.swapcase(), swap
    yield secret.upper(), f'$(printf %s "${name}" | tr a-z A-Z)'
    yield secret.lower(), f'$(printf %s "${name}" | tr A-Z a-z)'
    yield secret[:-1], f"${{{name}%?}}"
    yield secret[1:], f"${{{name}#?}}"
    yield secret[: len(secret) // 2], f'$(printf %.{len(secret) // 2}s "${name}")'


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in '\\"$`' else char for char in text)
