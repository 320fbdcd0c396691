"""The command line, ``btcdirect``. Its extra brings rich, which shows progress; no other module imports it."""

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from . import __version__
from .auth import ApiKey, ClientToken
from .client import Client
from .environment import Environment
from .errors import (
    BtcDirectError,
    ClientAuthorizationError,
    OrderError,
    Timeout,
    TransportError,
    UserAuthorizationError,
)
from .liveness import LivenessCheck
from .redaction import MASK, Redactor, one_line
from .request import order_number

_USAGE, _CREDENTIALS, _ORDER, _NETWORK, _STILL_OPEN, _INTERRUPTED = 2, 3, 4, 5, 6, 130

_EPILOG = """\
credentials, asked for at a terminal where they are missing:
  BTCDIRECT_API_KEY or BTCDIRECT_CLIENT_TOKEN   the partner's
  BTCDIRECT_USER_TOKEN                          the user's
  BTCDIRECT_BASE_URL                            where the API lives, unless an option says it

exit status:
  0    the check arrived (with --wait: it is settled)
  1    the API answered with another error, or with something that is no answer of this API
  2    wrong usage: an option, the order id, missing credentials, a missing extra, no room for the output
  3    the API refuses the credentials, the partner's or the user's
  4    the API refuses the order: unknown, or somebody else's
  5    no answer: connection failed, or a request's time limit ran out
  6    with --wait: the time is over and the check still open
  130  interrupted
"""


class _UsageError(Exception):
    """Something that the caller has to give differently."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status. Every error is one line on stderr."""
    options = _parser().parse_args(arguments)
    try:
        try:
            return _liveness(options)
        finally:
            sys.stdout.flush()
    except BtcDirectError as error:
        return _fail(str(error), _status_of(error, waiting=options.wait))
    except (_UsageError, TypeError, ValueError, ImportError) as error:
        return _fail(str(error), _USAGE)
    except (KeyboardInterrupt, EOFError):
        return _fail("interrupted", _INTERRUPTED)
    except OSError as error:
        # Nobody reads any more, or there is no room, and Python would complain at exit that it can't flush.
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        gone = isinstance(error, BrokenPipeError)
        return 0 if gone else _fail(f"the output can't be written: {error.strerror or error}", _USAGE)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="btcdirect",
        description="Unofficial command line for the BTC Direct API.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"btcdirect-client {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    liveness = commands.add_parser(
        "liveness",
        help="the liveness check of a buy order",
        description="Show the liveness check of a buy order.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    liveness.add_argument("order", help="the order's id, a number")
    liveness.add_argument("--wait", action="store_true", help="ask again until the check is settled")
    liveness.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", help="of waiting (default 600), or without --wait of asking (10)"
    )
    liveness.add_argument("--json", action="store_true", help="print the answer as JSON")
    liveness.add_argument("--show-token", action="store_true", help="print the access token, a secret, in full")
    where = liveness.add_mutually_exclusive_group()
    where.add_argument("--environment", choices=[environment.name.lower() for environment in Environment])
    where.add_argument("--base-url", metavar="URL")
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


_seconds.__name__ = "number of seconds"  # argparse says it in its error


def _liveness(options: argparse.Namespace) -> int:
    progress = _progress()
    order = order_number(options.order)
    authorization = _authorization()
    user_token = os.environ.get("BTCDIRECT_USER_TOKEN") or _ask("User token: ", "BTCDIRECT_USER_TOKEN")
    environment = None if options.environment is None else Environment[options.environment.upper()]
    timeout = None if options.wait else options.timeout
    with Client(authorization, environment=environment, base_url=options.base_url, timeout=timeout) as client:
        user = client.as_user(user_token)
        if options.wait:
            with progress("waiting for the liveness check") as line:
                check = user.wait_for_liveness(
                    order,
                    timeout=options.timeout or 600.0,
                    on_change=lambda check: line and line.update(f"waiting, the status is {one_line(check.status)}"),
                )
        else:
            check = user.get_liveness(order)
    text = _as_json(check, options.show_token) if options.json else _as_text(check, options.show_token)
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    return 0


def _progress() -> Callable[[str], AbstractContextManager[Any]]:
    """What shows that something goes on: a line on stderr that moves, at a terminal only."""
    try:
        from rich.console import Console
    except ImportError:
        raise _UsageError("the command line needs an extra: pip install 'btcdirect-client[cli]'") from None
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    return console.status if console.is_terminal else lambda _: nullcontext()


def _authorization() -> ApiKey | ClientToken:
    key, token = os.environ.get("BTCDIRECT_API_KEY"), os.environ.get("BTCDIRECT_CLIENT_TOKEN")
    if key and token:
        raise _UsageError("BTCDIRECT_API_KEY and BTCDIRECT_CLIENT_TOKEN are both set; unset one of them")
    if token:
        return ClientToken(token)
    return ApiKey(key or _ask("API key: ", "BTCDIRECT_API_KEY or BTCDIRECT_CLIENT_TOKEN"))


def _ask(prompt: str, names: str) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise _UsageError(f"set {names}; there is no terminal to ask at")
    return getpass.getpass(prompt, sys.stderr)


def _as_text(check: LivenessCheck, show_token: bool) -> str:
    rows = {"name": check.name, "type": check.type or "-", "status": check.status}
    if check.access_token is not None:
        rows["access token"] = check.access_token.reveal() if show_token else f"{MASK} (--show-token prints it)"
    return "".join(f"{name + ':':14}{one_line(value)}\n" for name, value in rows.items())


def _as_json(check: LivenessCheck, show_token: bool) -> str:
    text = json.dumps(check.raw, indent=2)
    if not show_token:
        text = Redactor([check.access_token or ""]).text(text)
    return text + "\n"


def _status_of(error: BtcDirectError, *, waiting: bool) -> int:
    match error:
        case ClientAuthorizationError() | UserAuthorizationError():
            return _CREDENTIALS
        case OrderError():
            return _ORDER
        case Timeout() if waiting:
            return _STILL_OPEN
        case Timeout() | TransportError():
            return _NETWORK
        case _:
            return 1


def _fail(reason: str, status: int) -> int:
    sys.stderr.write(f"btcdirect: {one_line(reason)}\n")
    return status
