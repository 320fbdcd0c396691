"""``junit.xml``: what CI servers show."""

from ..verdict import RunRecord


def dumps(record: RunRecord) -> str:
    """The report as JUnit XML."""
    raise NotImplementedError(record.run_id)
