"""``btcdirect-conformance serve``: the reference server in the foreground, as a local API to develop against."""

import errno
import socket
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TextIO

from attrs import frozen

from .app import Injection
from .faults import FAULTS
from .fixtures import Fixtures
from .flavour import Flavour
from .running import HOST, bind, serve_here, url
from .store import Store
from .variants import VARIANTS


class ServeError(Exception):
    """The server can't be started like that; the text says why and what to do. A usage error: exit status 2."""


@frozen
class Serving:
    """What the command line asks for."""

    host: str = HOST
    port: int = 8080
    fault: str | None = None
    variant: str | None = None
    delay: float = 0.0
    """Milliseconds before every answer."""
    fail_rate: float = 0.0
    """Share of answers, 0 to 1, that are ER999 with status 500 instead."""
    cors: tuple[str, ...] = ()
    """Origins that browsers may call from; ``*`` for any."""
    seed: int = 0
    """Which fixtures. The same seed makes the same ones."""
    profile: Path | None = None
    """Where to write the profile, beside printing it."""


def serve(asked: Serving, out: TextIO | None = None, log: TextIO | None = None) -> int:
    """Serve until interrupted: a profile of the server to ``out``, a line a request, without secrets, to ``log``.

    Returns:
        The exit status.

    Raises:
        ServeError: Unknown name, a value out of range, a port that is taken, a file that can't be written.
    """
    printed: TextIO = sys.stdout if out is None else out
    logged: TextIO = sys.stderr if log is None else log
    flavour = chosen(asked)
    injection = _injection(asked, logged)
    listener = _listener(asked.host, asked.port)
    with listener:
        fixtures = Fixtures(seed=asked.seed)
        profile = fixtures.profile(url(listener))
        if asked.profile is not None:
            _write(asked.profile, profile)
        print(profile, file=printed, flush=True)
        difference = f" ({flavour.name}: {flavour.sentence})" if flavour else ""
        print(f"# The reference server{difference} is at {url(listener)}. Ctrl-C stops it.", file=logged, flush=True)
        serve_here(listener, flavour, Store(fixtures), injection)
    return 0


def chosen(asked: Serving) -> Flavour | None:
    """The fault or variant of that name.

    Raises:
        ServeError: There is none, or both are asked for.
    """
    if asked.fault is not None and asked.variant is not None:
        raise ServeError("--fault and --variant exclude each other: a server is wrong, or it is right")
    if asked.fault is not None:
        return _named(asked.fault, "fault", FAULTS, VARIANTS)
    return _named(asked.variant, "variant", VARIANTS, FAULTS) if asked.variant is not None else None


def listing() -> str:
    """Every fault and variant with its sentence, as text."""
    width = max(map(len, (*FAULTS, *VARIANTS)))
    lines: list[str] = []
    heading = ""
    for fault in FAULTS.values():
        if fault.category != heading:
            heading = fault.category
            lines += ["", f"{heading} (--fault)"]
        lines.append(f"  {fault.name:{width}}  {fault.sentence}")
    lines += ["", "correct, and different (--variant)"]
    lines += [f"  {variant.name:{width}}  {variant.sentence}" for variant in VARIANTS.values()]
    return "\n".join(lines[1:])


def _named(name: str, what: str, known: Mapping[str, Flavour], others: Mapping[str, Flavour]) -> Flavour:
    if name in known:
        return known[name]
    if name in others:
        raise ServeError(f"{name} is no {what}: use --{'variant' if what == 'fault' else 'fault'} {name}")
    near = get_close_matches(name, known, n=3, cutoff=0.5) or [other for other in known if name and name in other][:3]
    hint = f"did you mean {', '.join(near)}? " if near else ""
    raise ServeError(f"there is no {what} {name!r}: {hint}serve --list-faults names all {len(known)}")


def _injection(asked: Serving, log: TextIO) -> Injection:
    if not 0 <= asked.fail_rate <= 1:
        raise ServeError(f"--fail-rate is a share between 0 and 1, not {asked.fail_rate:g}")
    if not 0 <= asked.delay < float("inf"):
        raise ServeError(f"--delay is a number of milliseconds, not {asked.delay:g}")
    for origin in asked.cors:
        if origin != "*" and ("://" not in origin or origin.endswith("/")):
            raise ServeError(f"--cors takes an origin such as http://localhost:5173 or *, not {origin!r}")

    def logged(line: str) -> None:
        print(line, file=log, flush=True)

    return Injection(asked.delay / 1000, asked.fail_rate, asked.cors, logged)


def _listener(host: str, port: int) -> socket.socket:
    if not 0 <= port < 65536:
        raise ServeError(f"--port is a number from 0 to 65535, not {port}")
    try:
        host.encode("idna")
    except UnicodeError as error:
        raise ServeError(f"--host {host!r} can be no host's name") from error
    try:
        return bind(host, port)
    except OSError as error:
        why = (error.strerror or str(error)).partition(" (while ")[0]  # Python says once more what it was asked for
        free = ". --port 0 takes any free port" if error.errno in (errno.EADDRINUSE, errno.EACCES) else ""
        raise ServeError(f"cannot listen on {host} port {port}: {why}{free}") from error


def _write(path: Path, profile: str) -> None:
    try:
        path.write_text(profile, "utf-8")
    except OSError as error:
        raise ServeError(f"cannot write the profile to {path}: {error.strerror}") from error
