"""A whole run: preflight, cases, fuzzing, verdicts. Returns a record; prints nothing and ends no process."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime
from importlib.metadata import version

from btcdirect_conformance.cases import Case, all_cases
from btcdirect_conformance.contract import Contract, contract_hash, load_contract
from btcdirect_conformance.conversation.limits import Gate
from btcdirect_conformance.conversation.session import Progress, Session, Silent
from btcdirect_conformance.exchange import Headers
from btcdirect_conformance.findings import coverage, expectations
from btcdirect_conformance.findings.grouping import scrubbed
from btcdirect_conformance.profile import Profile, ProfileError
from btcdirect_conformance.redaction.redactor import Redactor
from btcdirect_conformance.transport.sockets import SocketTransport, Transport
from btcdirect_conformance.verdict import RunRecord

from .execution import Execution
from .options import Options, everything, selection
from .successes import no_success

_USUAL = Options()
_INTERRUPTED = "the run was interrupted"


async def run_suite(
    profile: Profile,
    options: Options = _USUAL,
    *,
    cases: Sequence[Case] | None = None,
    contract: Contract | None = None,
    transport: Transport | None = None,
    progress: Progress | None = None,
    stop: asyncio.Event | None = None,
    today: Callable[[], date] = date.today,
) -> RunRecord:
    """Judges a target.

    Args:
        profile: Where it is and what it knows.
        options: How to go about it.
        cases: Instead of all cases of the suite.
        contract: Instead of the contract that this version of the suite carries.
        transport: Instead of a socket to the profile's base URL; closed by whoever made it.
        progress: Is told what goes on.
        stop: Set it to end the run early; what has been done by then is in the record.
        today: By which known deviations expire.

    Raises:
        Unreachable: There is no server of this API.
        ProfileError: The profile's credentials don't work, or it expects deviations of cases that are none.
        NothingSelected: No case has such an id.
    """
    contract = contract or load_contract()
    cases = tuple(all_cases(contract) if cases is None else cases)
    in_order = everything(cases)
    known = expectations.checked(profile.expected_deviations, {case.id: case.level for case in in_order})
    selected = selection(options, cases)
    run_id = secrets.token_hex(8)
    seed = secrets.randbelow(2**32) if options.seed is None else options.seed
    started, clock = datetime.now(UTC), time.perf_counter()
    async with AsyncExitStack() as stack:
        if transport is None:
            own = (("User-Agent", f"btcdirect-conformance/{suite_version()}"), ("X-Conformance-Run", run_id))
            transport = await stack.enter_async_context(_sockets(profile, own))
        session = Session(
            transport=transport,
            gate=Gate(profile.limits.requests_per_second, profile.limits.max_requests),
            redactor=Redactor.of(profile.secrets),
            progress=progress or Silent(),
            unsafe_allowed=options.unsafe_methods,
        )
        execution = Execution(profile, options, contract, cases, session, seed)
        interrupted = await _interrupted(stop or asyncio.Event(), session, execution.work(selected))
    execution.conclude(selected)
    undecided = session.stopped or execution.undecided or no_success(profile.fixtures)
    results = [execution.results[case.id] for case in in_order if case.id in execution.results]
    return RunRecord(
        target=options.target or profile.base_url,
        started=started,
        seconds=time.perf_counter() - clock,
        run_id=run_id,
        seed=seed,
        suite_version=suite_version(),
        contract_sha256=contract_hash(),
        strict=options.strict,
        certify=options.certify,
        interrupted=interrupted,
        requests=session.gate.passed,
        rate_limited=session.rate_limited,
        results=scrubbed(expectations.applied(results, known, today()), session.redactor),
        coverage=coverage.coverage(session.exchanges, profile.fixtures, contract),
        notes=tuple(execution.notes),
        undecided="" if interrupted else undecided,
    )


def _sockets(profile: Profile, own: Headers) -> SocketTransport:
    try:
        return SocketTransport(profile.base_url, own, profile.limits.timeout_seconds)
    except OSError as error:  # an SSLError is one, too
        problem = f"SSL_CERT_FILE or SSL_CERT_DIR cannot be used: {error.strerror or type(error).__name__}"
        raise ProfileError((problem,), "the environment") from error


async def _interrupted(stop: asyncio.Event, session: Session, work: Awaitable[None]) -> bool:
    """Whether the stop came before the end of the work."""
    if stop.is_set():
        session.stop(_INTERRUPTED)
        await work  # which sends nothing now
        return True
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            return False
        session.stop(_INTERRUPTED)
        working.cancel()
        await asyncio.wait((working,))
        return True
    finally:
        stopping.cancel()
        working.cancel()


def suite_version() -> str:
    """The version of the distribution that the suite came with."""
    return version("btcdirect-client")
