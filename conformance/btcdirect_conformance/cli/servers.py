"""The arguments of ``serve`` and ``mutants``. Imports nothing heavy: the command line reads it for every ``--help``."""

import argparse
from typing import Any

from btcdirect_conformance.usage import complain, path, some

Commands = Any
"""What ``ArgumentParser.add_subparsers`` returns: argparse gives its type no public name."""


def add_serve(commands: Commands) -> None:
    """The ``serve`` command."""
    parser = commands.add_parser(
        "serve",
        help="the reference server, or one broken on purpose",
        description="Serves the endpoint, prints a profile that fits, and logs a line a request to stderr.",
        epilog="The secrets of the profile are test fixtures: they open nothing but this server.",
        allow_abbrev=False,
    )
    parser.set_defaults(command=_serve)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="where to listen (%(default)s)")
    add("--port", type=int, default=8080, metavar="N", help="0 takes any free one (%(default)s)")
    add("--fault", metavar="NAME", help="be wrong in one way")
    add("--variant", metavar="NAME", help="be right in another way")
    add("--list-faults", action="store_true", help="name all faults and variants, and exit")
    add("--cors", action="append", default=[], metavar="ORIGIN", help="let browsers call from there; * for anywhere")
    add("--delay", type=float, default=0.0, metavar="MS", help="milliseconds before every answer")
    add("--fail-rate", type=float, default=0.0, metavar="SHARE", help="answer ER999 with 500 that often, 0 to 1")
    add("--seed", type=int, default=0, metavar="N", help="make other fixtures; the same number makes the same ones")
    add("--profile", type=path, metavar="FILE", help="write the profile there, too")


def add_mutants(commands: Commands) -> None:
    """The ``mutants`` command."""
    parser = commands.add_parser(
        "mutants",
        help="the suite against every faulty server: the kill matrix",
        description="Runs the suite against every server that is wrong on purpose and every correct variant.",
        epilog="exit status: 0 each fault is caught by its case and no variant failed; 1 otherwise; 2 usage",
        allow_abbrev=False,
    )
    parser.set_defaults(command=_mutants)
    add = parser.add_argument
    add(
        "--only",
        type=some,
        action="append",
        default=[],
        metavar="PREFIX",
        help="only names or categories that begin so; repeatable",
    )
    add("--json", action="store_true", help="as JSON")
    add("--jobs", type=int, metavar="N", help="how many processes (one a core)")


def _serve(options: argparse.Namespace) -> int:
    from btcdirect_conformance.server.serve import ServeError, Serving, listing, serve  # late: uvicorn and starlette

    if options.list_faults:
        print(listing())
        return 0
    asked = Serving(
        host=options.host,
        port=options.port,
        fault=options.fault,
        variant=options.variant,
        delay=options.delay,
        fail_rate=options.fail_rate,
        cors=tuple(options.cors),
        seed=options.seed,
        profile=options.profile,
    )
    try:
        return serve(asked)
    except ServeError as error:
        return complain(str(error))


def _mutants(options: argparse.Namespace) -> int:
    from btcdirect_conformance.mutants import command  # late: the engine and the servers

    return command(only=tuple(options.only), as_json=options.json, jobs=options.jobs)
