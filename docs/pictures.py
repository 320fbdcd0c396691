"""Draws the pictures of the README from real runs: ``python -m docs.pictures``.

``run.svg`` is the terminal after a run against the reference server; ``report.png`` and ``report-phone.png`` show
``report.html`` after one against a server that is wrong on purpose. Needs the extra ``conformance``, the group ``test``
and a Chromium with its driver.
"""

import asyncio
import re
import tempfile
from base64 import b64decode
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from tests.conformance.helpers.browser import browser, emulate

from btcdirect_conformance import profile
from btcdirect_conformance.report import files
from btcdirect_conformance.report.terminal import print_report
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.server.faults import FAULTS
from btcdirect_conformance.server.flavour import Flavour
from btcdirect_conformance.server.running import running_server
from btcdirect_conformance.verdict import RunRecord

DOCS = Path(__file__).parent
SEED = 1
FAULT = "order-other-user-sees-all"


def judge(flavour: Flavour | None, target: str) -> RunRecord:
    """A real run, over real sockets, against a server of this suite."""
    with running_server(flavour) as server:
        return asyncio.run(run_suite(profile.parse(server.profile, {}), Options(seed=SEED, target=target)))


def terminal(record: RunRecord) -> str:
    """The terminal after a run, as SVG."""
    console = Console(file=StringIO(), width=100, record=True, force_terminal=True, markup=False, highlight=False)
    console.print("$ btcdirect-conformance run", style="bold")
    print_report(record, console=console)
    svg = console.export_svg(title="btcdirect-conformance", theme=MONOKAI, unique_id="run")
    # rich names a font on a CDN; a picture of ours loads nothing.
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def photograph(page: Path, picture: Path, *, width: int, height: int, scheme: str, scale: int) -> None:
    """The top of a page as a browser shows it."""
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder)) as driver:
        emulate(driver, width=width, height=height, scale=scale, scheme=scheme)
        driver.get(page.as_uri())
        shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        picture.write_bytes(b64decode(shot["data"]))


def main() -> None:
    """Draws all of them."""
    (DOCS / "run.svg").write_text(terminal(judge(None, "reference server")), "utf-8")
    with tempfile.TemporaryDirectory() as folder:
        wrong = judge(FAULTS[FAULT], f"serve --fault {FAULT}")
        page = next(path for path in files.write(wrong, Path(folder)) if path.suffix == ".html")
        photograph(page, DOCS / "report.png", width=1100, height=1900, scheme="light", scale=1)
        photograph(page, DOCS / "report-phone.png", width=375, height=900, scheme="dark", scale=2)


if __name__ == "__main__":
    main()
