"""``report.html``: one file, no network, for whoever has to be convinced."""

from btcdirect_conformance.verdict import RunRecord


def dumps(record: RunRecord) -> str:
    """The report as one HTML document."""
    raise NotImplementedError(record.run_id)
