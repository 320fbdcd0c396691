"""A target's profile: where it is, which fixtures it has, how hard it may be asked. TOML, read and checked at once."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from itertools import combinations
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from attrs import define, field, fields, frozen

from .facts import Fixtures

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_LOOPBACK = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")


SOURCE = "the profile"
"""What a problem's line begins with where the file is not known."""


class ProfileError(Exception):
    """The profile cannot be used. Every problem is one line, and none shows a secret."""

    def __init__(self, problems: tuple[str, ...], source: str = SOURCE) -> None:
        super().__init__(problems, source)
        self.problems = problems
        self.source = source

    def __str__(self) -> str:
        return "\n".join(f"{self.source}: {problem}" for problem in self.problems)


CREDENTIALS = ("api_key", "client_token", "expired_client_token", "user_token", "other_user_token")
ORDERS = ("owned", "foreign", "unknown")
_EVERYTHING = ("base_url", "credentials", "orders", "limits", "expected_deviations")
_HOMES = dict.fromkeys(CREDENTIALS, "credentials") | dict.fromkeys(ORDERS, "orders")
_IN_URLS = "secrets_in_urls"
_LONGEST_ORDER = 100
_BOUNDS = {"requests_per_second": (0.001, 100_000), "max_requests": (1, 10**9), "timeout_seconds": (0.001, 86_400)}
"""What no clock and no patience is beyond."""


@frozen
class Limits:
    """How hard the target may be asked."""

    requests_per_second: float | None = None
    """``None``: as fast as a few connections go."""
    max_requests: int = 1000
    timeout_seconds: float = 10.0


POLITE_RATE = 10.0
"""Requests a second for a target that is not on this machine, unless its profile says otherwise."""


@frozen
class ExpectedDeviation:
    """A known deviation: this case may fail until the end of a day."""

    case: str
    reason: str
    expires: date


@frozen
class Profile:
    """A target and what may be asked of it."""

    base_url: str
    fixtures: Fixtures = field(factory=Fixtures)
    limits: Limits = Limits()
    expected_deviations: tuple[ExpectedDeviation, ...] = ()

    @property
    def secrets(self) -> Mapping[str, str]:
        """Every secret by the name of its key."""
        named = ((name, getattr(self.fixtures, name)) for name in CREDENTIALS)
        return {name: value for name, value in named if value}


_Problems = tuple[str, ...]


def load(path: Path, environ: Mapping[str, str]) -> Profile:
    """Reads a profile.

    Raises:
        ProfileError: It is missing, no TOML, or says something that cannot be; with everything that is wrong.
    """
    outcome = _read(path, environ)
    del environ  # as in parse
    return _sound(outcome, str(path))


def parse(text: str, environ: Mapping[str, str], source: str = SOURCE) -> Profile:
    """Makes a profile of TOML text, ``${NAME}`` replaced by that variable of the environment.

    Raises:
        ProfileError: With everything that is wrong.
    """
    outcome = _made(text, environ)
    # pytest -l prints the variables of each frame that an error passes: none may hold a secret.
    del text, environ
    return _sound(outcome, source)


def _sound(outcome: Profile | _Problems, source: str) -> Profile:
    if isinstance(outcome, Profile):
        return outcome
    raise ProfileError(outcome, source)


def _read(path: Path, environ: Mapping[str, str]) -> Profile | _Problems:
    try:
        return _made(path.read_text("utf-8-sig"), environ)  # Windows editors begin a file with a byte order mark
    except OSError as error:
        problem = error.strerror or type(error).__name__
        return (f"cannot be read: {problem} (btcdirect-conformance init writes one)",)
    except UnicodeDecodeError:
        return ("is no UTF-8 text",)


def _made(text: str, environ: Mapping[str, str]) -> Profile | _Problems:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return (f"is no TOML: {error}",)
    except (ValueError, RecursionError):  # what Python does not read: a number of 4,301 digits, a thousand brackets
        return ("is no TOML: a number is too long, or brackets are nested too deeply",)
    reader = _Reader(environ)
    profile = reader.profile(document)
    return tuple(reader.problems) or profile


@define
class _Reader:
    """Takes a document apart and collects what is wrong instead of stopping at the first problem."""

    environ: Mapping[str, str] = field(repr=False)
    problems: list[str] = field(factory=list[str])

    def profile(self, document: Mapping[str, Any]) -> Profile:
        self.known(document, "", _EVERYTHING)
        base_url = self.text(document, "", "base_url", _no_base_url) or ""
        if "base_url" not in document:
            self.problems.append('base_url is missing: write base_url = "https://…"')
        credentials = self.section(document, "credentials", CREDENTIALS, _no_secret)
        orders = self.section(document, "orders", ORDERS, _no_order)
        for section, values in (("credentials", credentials), ("orders", orders)):
            self.problems += _duplicates(section, values)
        limits, is_local = self.table(document, "limits"), bool(_LOOPBACK.fullmatch(_host(base_url)))
        return Profile(
            base_url=base_url.rstrip("/"),
            fixtures=Fixtures(**credentials, **orders, secrets_in_urls=self.secrets_in_urls(limits, is_local)),
            limits=self.limits(limits, is_local),
            expected_deviations=tuple(self.deviations(document.get("expected_deviations", []))),
        )

    def section(
        self, document: Mapping[str, Any], name: str, names: Sequence[str], check: Callable[[str], str | None]
    ) -> dict[str, str]:
        table = self.table(document, name)
        self.known(table, f"{name}.", names)
        values = {key: self.text(table, f"{name}.", key, check) for key in names}
        return {key: value for key, value in values.items() if value is not None}

    def secrets_in_urls(self, table: Mapping[str, Any], is_local: bool) -> bool:
        value = table.get(_IN_URLS, is_local)
        if not isinstance(value, bool):
            self.problems.append(f"limits.{_IN_URLS}: expected true or false, not {_kind(value)}")
        return value is True

    def limits(self, table: Mapping[str, Any], is_local: bool) -> Limits:
        self.known(table, "limits.", [*(attribute.name for attribute in fields(Limits)), _IN_URLS])
        usual = Limits(requests_per_second=None if is_local else POLITE_RATE)
        rate = self.number(table, "requests_per_second", usual.requests_per_second)
        budget = self.number(table, "max_requests", usual.max_requests, whole=True)
        timeout = self.number(table, "timeout_seconds", usual.timeout_seconds)
        return Limits(rate, int(budget or usual.max_requests), timeout or usual.timeout_seconds)

    def deviations(self, entries: object) -> Iterator[ExpectedDeviation]:
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in cast("list[object]", entries)):
            self.problems.append("expected_deviations: expected tables, each begins with [[expected_deviations]]")
            return
        names = [attribute.name for attribute in fields(ExpectedDeviation)]
        for number, entry in enumerate(cast("list[dict[str, Any]]", entries), 1):
            place = f"expected_deviations[{number}]."
            self.known(entry, place, names)
            missing = [name for name in names if name not in entry]
            self.problems += [f"{place}{name} is missing" for name in missing]
            case = self.text(entry, place, "case", _no_line)
            reason = self.text(entry, place, "reason", _no_line)
            expires = entry.get("expires")
            if isinstance(expires, datetime):
                expires = expires.date()
            if expires is not None and not isinstance(expires, date):
                self.problems.append(f"{place}expires: expected a date without quotes, as in expires = 2030-12-31")
            elif case and reason and expires:
                yield ExpectedDeviation(case, reason, expires)

    def known(self, table: Mapping[str, Any], place: str, names: Sequence[str]) -> None:
        for key in table:
            if key in names:
                continue
            if not place and key in _HOMES:
                self.problems.append(f"{key} belongs in [{_HOMES[key]}]")
                continue
            (near,) = get_close_matches(key, names, 1, 0.5) or [""]
            hint = f"did you mean {near}?" if near else f"there is {', '.join(names)}"
            self.problems.append(f"{place}{key} is unknown: {hint}")

    def table(self, document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        value = document.get(name, {})
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
        self.problems.append(f"{name}: expected a table [{name}], not {_kind(value)}")
        return {}

    def text(self, table: Mapping[str, Any], place: str, key: str, check: Callable[[str], str | None]) -> str | None:
        value = table.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            self.problems.append(f"{place}{key}: expected text in quotes, not {_kind(value)}")
            return None
        before = len(self.problems)
        value = _VARIABLE.sub(lambda match: self.variable(match[1], f"{place}{key}"), value)
        if len(self.problems) == before and (problem := _half_a_variable(table[key]) or check(value)):
            self.problems.append(f"{place}{key}: {problem}")
        return value

    def variable(self, name: str, key: str) -> str:
        value = self.environ.get(name, "")
        if not name:
            self.problems.append(f"{key}: ${{}} names no environment variable")
        elif not value:
            state = "empty" if name in self.environ else "not set"
            self.problems.append(f"{key}: the environment variable {name} is {state}")
        return value

    def number(self, table: Mapping[str, Any], key: str, usual: float | None, *, whole: bool = False) -> float | None:
        if key not in table:
            return usual
        value = table[key]
        sort = "a whole number" if whole else "a number"
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            self.problems.append(f"limits.{key}: expected {sort}, not {_kind(value)}")
        elif not _BOUNDS[key][0] <= value <= _BOUNDS[key][1]:
            least, most = _BOUNDS[key]
            shown = str(value)
            shown = f"{shown[:20]}…" if len(shown) > 20 else shown
            self.problems.append(f"limits.{key}: expected {sort} from {least} to {most}, not {shown}")
        else:
            return float(value)
        return usual


def _kind(value: object) -> str:
    names = ((bool, "true or false"), (int | float, "a number"), (str, "text"), (list, "an array"), (dict, "a table"))
    return next((name for kind, name in names if isinstance(value, kind)), "a date or time")


def _host(base_url: str) -> str:
    try:
        return urlsplit(base_url).hostname or ""
    except ValueError:
        return ""


def _no_base_url(value: str) -> str | None:
    try:
        parts = urlsplit(value)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return "is no URL"
    if parts.username is not None or parts.password is not None:
        return "leave credentials out of the URL, they belong in [credentials]"
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_fine:
        return 'expected a URL such as "https://api-sandbox.btcdirect.eu"'
    if re.search(r"/api/v2(/buy|/*$)", parts.path):
        return "leave out /api/v2 and what follows, the suite adds it"
    try:
        parts.hostname.encode("idna")
    except UnicodeError:
        return "its host can be no host's name"
    if not value.isascii():
        return "write a host of other letters in its xn-- form"
    if parts.query or parts.fragment or not re.fullmatch(r"[!-~]+", value):
        return "expected scheme, host and at most a path, without blanks, query or fragment"
    return None


def _no_secret(value: str) -> str | None:
    if not value:
        return "is empty; leave out what you don't have"
    if value.lower().startswith("bearer "):
        return "leave out Bearer, the suite adds it"
    if not re.fullmatch(r"[!-~]+", value):
        return "holds a blank, a line break or a character that no header field carries"
    return None


def _no_order(value: str) -> str | None:
    if not re.fullmatch(r"[0-9]+", value):
        return 'expected digits, as in "480213"'
    return None if len(value) <= _LONGEST_ORDER else f"expected at most {_LONGEST_ORDER} digits"


def _half_a_variable(value: str) -> str | None:
    if re.fullmatch(r"\$[A-Za-z_][A-Za-z0-9_]*", value):
        return "a variable of the environment is written ${NAME}, with braces"
    return "${ without its }" if "${" in _VARIABLE.sub("", value) else None


def _no_line(value: str) -> str | None:
    return None if value.strip() and value.isprintable() else "expected one line of text"


def _duplicates(section: str, values: Mapping[str, str]) -> list[str]:
    return [
        f"{section}.{one} and {section}.{other} are the same; they have to differ"
        for one, other in combinations(values, 2)
        if values[one] and _number(section, values[one]) == _number(section, values[other])
    ]


def _number(section: str, value: str) -> str:
    return value.lstrip("0") if section == "orders" else value
