"""The ``run`` command: from options to an exit status."""

import argparse
import asyncio
import atexit
import gc
import os
import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.profile import Profile, ProfileError
from btcdirect_conformance.report import files
from btcdirect_conformance.report.terminal import print_report
from btcdirect_conformance.run.options import FUZZ_REQUESTS, NothingSelected, Options, selection
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.transport.sockets import Unreachable
from btcdirect_conformance.usage import UNREACHABLE, UNUSABLE, complain, place, tell, until_nobody_reads
from btcdirect_conformance.verdict import RunRecord

REFERENCE = "reference server"


def run(options: argparse.Namespace) -> int:
    """Judges the target and reports."""
    choices = Options(
        strict=options.strict,
        certify=options.certify,
        seed=options.seed,
        only=tuple(options.only),
        unsafe_methods=options.allow_unsafe_methods,
        fuzz_requests=FUZZ_REQUESTS if options.fuzz_requests is None else options.fuzz_requests,
        target=None if options.target else REFERENCE,
    )
    if "://" in str(options.target).replace(":/", "://"):  # as a path, it lost a slash
        return complain(
            "--target takes a profile, not a URL: btcdirect-conformance init writes one, base_url goes there"
        )
    try:
        if options.report:
            files.open_folder(options.report)
    except FileExistsError:
        return complain(f"--report {options.report}: it is a file; name a folder")
    except OSError as error:
        return complain(f"--report {options.report}: {error.strerror or error}")
    try:
        with _target(options.target) as profile:
            record, ended_by = _judged(profile, choices)
    except ProfileError as error:
        source = str(options.target) if options.target and error.source == profiles.SOURCE else error.source
        return complain(str(ProfileError(error.problems, source)))
    except NothingSelected as error:
        return complain(str(error))
    except Unreachable as error:
        return complain(f"{error}{_proxies()}", UNREACHABLE)
    written, problems = _write(record, options.report)
    for file in written:
        tell(f"wrote {file}")
    with until_nobody_reads():
        print_report(record, verbose=options.verbose)
    status = 128 + ended_by if ended_by else record.exit_status
    for file, why in problems:
        status = status or UNUSABLE
        complain(_not_written(file, why))
    return status


@contextmanager
def _target(file: Path | None) -> Generator[Profile, None, None]:
    """The profile to go by, and a server if it is the suite's own."""
    if file is not None:
        yield profiles.load(file, os.environ)
        return
    # Late, for uvicorn and starlette, which no other target needs.
    from btcdirect_conformance.server.running import running_server

    with running_server() as server:
        yield profiles.parse(server.profile, {})


def _judged(profile: Profile, options: Options) -> tuple[RunRecord, int]:
    """The record, and the signal that ended the run or 0."""
    from btcdirect_conformance.report.progress import Progress

    # Plugins of other packages (trio's takes 0.2 s to import) have no part in this process.
    os.environ.setdefault("HYPOTHESIS_NO_PLUGINS", "1")
    # A short process of many small objects. Looking for cycles as often as usual takes a tenth of its time; looking for
    # them once more at its end, in all that hypothesis and schemathesis leave, another tenth.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    ended_by: list[int] = []

    async def judged() -> RunRecord:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def end(number: int) -> None:
            ended_by.append(number)
            stop.set()
            loop.remove_signal_handler(number)  # asked for twice, it ends at once, without a report

        for number in _ends():
            with suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, end, number)
        count = len(selection(options))
        with Progress(
            options.target or profile.base_url,
            cases=count,
            max_requests=profile.limits.max_requests,
            strict=options.strict,
        ) as seen:
            return await run_suite(profile, options, progress=seen, stop=stop)

    record = asyncio.run(judged())
    return record, ended_by[0] if ended_by and record.interrupted else 0


def _ends() -> Sequence[signal.Signals]:
    """What ends a run, with its report. Windows has no SIGHUP, and under nohup it is to be ignored."""
    hang_up = getattr(signal, "SIGHUP", None)
    if hang_up is None or signal.getsignal(hang_up) is signal.SIG_IGN:
        return signal.SIGINT, signal.SIGTERM
    return signal.SIGINT, signal.SIGTERM, hang_up


def _proxies() -> str:
    """What somebody behind a proxy has to know."""
    named = [name for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY") if os.getenv(name) or os.getenv(name.lower())]
    return f" (it is reached directly, {' and '.join(named)} {'is' if len(named) == 1 else 'are'} not used)" * bool(
        named
    )


def _write(record: RunRecord, folder: Path | None) -> tuple[Sequence[Path], Sequence[tuple[Path, Exception]]]:
    """The reports that were written, and what went wrong with the others."""
    if folder is None:
        return (), ()
    try:
        return files.write(record, folder), ()
    except files.NotWritten as error:
        return error.written, error.problems


def _not_written(file: Path, error: Exception) -> str:
    if isinstance(error, OSError):
        return f"{file} could not be written: {error.strerror or type(error).__name__}"
    return f"{file} could not be made, please report it: {type(error).__name__} {place(error)}"
