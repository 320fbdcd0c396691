"""One deviation, before anything of it is redacted, counted or printed."""

from attrs import field, frozen

from btcdirect_conformance.exchange import Exchange

ANSWER = "answer"
"""The rule about which code, or success, answers a request. It belongs to the case that sent the request; every other
rule belongs to the case of the same id, which looks at all exchanges of a run."""


@frozen
class Violation:
    """What a rule demanded of an exchange, and what was there. May hold secrets: redact before showing."""

    rule: str
    expected: str
    actual: str = field(repr=False)
    exchange: Exchange = field(repr=False)
