"""The command line. Nothing heavy is imported before a command is known to need it."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from btcdirect_conformance.usage import (
    CONFORMS,
    UNUSABLE,
    NotPrinted,
    complain,
    count,
    path,
    place,
    seed,
    some,
    until_nobody_reads,
)

from .servers import Commands, add_mutants, add_serve

_EPILOG = """\
exit status of run:
  0  conforms
  1  does not
  2  usage, profile, or nothing tested
  3  the target cannot be reached
  128 + n  ended by signal n; what had been tested is in the report
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    status = CONFORMS
    try:
        with until_nobody_reads():
            status = command(options)
    except KeyboardInterrupt:
        return 130
    except NotPrinted as error:
        return complain(str(error))
    except ModuleNotFoundError as error:
        return complain(f"{error.name} is not installed: pip install 'btcdirect-client[conformance]'")
    except Exception as error:
        kind = f"{type(error).__module__}.{type(error).__qualname__}"
        return complain(f"internal error, please report it: {kind} {place(error)}")
    return status


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        if sys.stderr is None:  # closed, for which argparse takes stdout
            self.exit(UNUSABLE)
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="btcdirect-conformance",
        description="Judges any server against the contract of BTC Direct's liveness check of a buy order.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_run(commands)
    _add_init(commands)
    _add_cases(commands)
    add_serve(commands)
    add_mutants(commands)
    _add_compare(commands)
    return parser


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the suite's version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"btcdirect-conformance {version('btcdirect-client')}")
        parser.exit()


def _add_run(commands: Commands) -> None:
    parser = commands.add_parser(
        "run",
        help="judge a target, or the reference server without one",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(command=_run)
    add = parser.add_argument
    add("--target", type=path, metavar="FILE", help="the target's profile (init writes one)")
    add("--strict", action="store_true", help="what the documents only imply (SHOULD) fails the run, too")
    add("--certify", action="store_true", help="a skipped case fails the run; mostly with --allow-unsafe-methods")
    add("--seed", type=seed, metavar="N", help="repeat the fuzzed requests of a run (its report names the seed)")
    add(
        "--only",
        type=some,
        action="append",
        default=[],
        metavar="ID-PREFIX",
        help="only cases whose id begins so; repeatable",
    )
    add("--allow-unsafe-methods", action="store_true", help="send POST, PUT, PATCH and DELETE, too")
    add("--report", type=path, metavar="DIR", help="write report.json, junit.xml and report.html there")
    add(
        "--fuzz-requests",
        type=count,
        metavar="N",
        help="about how many requests all fuzzing together makes up, beyond the planned ones; 0 for none",
    )
    add("--verbose", "-v", action="store_true", help="list every case")


def _add_init(commands: Commands) -> None:
    parser = commands.add_parser("init", help="write a commented profile", allow_abbrev=False)
    parser.set_defaults(command=_init)
    parser.add_argument("file", type=path, nargs="?", default=Path("staging.toml"), help="default: %(default)s")


def _add_cases(commands: Commands) -> None:
    parser = commands.add_parser(
        "cases", help="list every case: id, level, the sentence it rests on, its source", allow_abbrev=False
    )
    parser.set_defaults(command=_cases)
    parser.add_argument("--json", action="store_true", help="as JSON")


def _add_compare(commands: Commands) -> None:
    parser = commands.add_parser("compare", help="put the reports of targets or dates side by side", allow_abbrev=False)
    parser.set_defaults(command=_compare)
    parser.add_argument("reports", type=path, nargs="+", metavar="report.json")
    parser.add_argument("--html", type=path, metavar="FILE", help="write the comparison as HTML, too")


def _run(options: argparse.Namespace) -> int:
    from .run import run  # late: the engine

    return run(options)


def _init(options: argparse.Namespace) -> int:
    from .template import PROFILE

    file: Path = options.file
    try:
        with file.open("x", encoding="utf-8") as profile:
            profile.write(PROFILE)
    except FileExistsError:
        return complain(f"{file} exists; remove it or name another file: btcdirect-conformance init FILE")
    except OSError as error:
        return complain(f"{file} cannot be written: {error.strerror or error}")
    print(f"Wrote {file}. Fill in what you have, then: btcdirect-conformance run --target {file}")
    return CONFORMS


def _cases(options: argparse.Namespace) -> int:
    from .listing import print_cases

    print_cases(as_json=options.json)
    return CONFORMS


def _compare(options: argparse.Namespace) -> int:
    from btcdirect_conformance.report import compare, json_report  # late: rich
    from btcdirect_conformance.report.console import make_console
    from btcdirect_conformance.report.text import visible

    if len(options.reports) < 2:
        return complain("compare needs two reports or more: btcdirect-conformance compare A.json B.json")
    try:
        comparison = compare.compare([(file, json_report.read(file)) for file in options.reports])
        if options.html is not None:
            options.html.write_bytes(compare.dumps_html(comparison).encode("utf-8", "replace"))
    except json_report.NotAReport as error:
        return complain(f"{visible(str(error))}; run --report DIR writes a report.json")
    except OSError as error:
        return complain(visible(f"{error.filename}: {error.strerror}"))
    compare.print_comparison(comparison, make_console())
    return CONFORMS
