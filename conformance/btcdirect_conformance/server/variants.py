"""Servers that differ from the clean one and are right all the same: each takes a freedom that the documents leave.

A suite that fails one of them is wrong.
"""

from collections.abc import Callable, Mapping

from attrs import frozen

from .flavour import (
    altered,
    anything,
    both,
    entries,
    failure,
    header,
    member,
    payload,
    status,
    success,
    telling,
    without,
)
from .freedoms.answers import (
    EXTRA,
    CodingAsAsked,
    GuessersSlowed,
    NewTokens,
    OneTokenAUser,
    RateLimited,
    SettledNow,
    Validators,
    chunked,
    compressed,
    escaped,
    late,
    odd,
    other_case,
    pieces,
    until_close,
)
from .freedoms.authorization import (
    AllAtOnce,
    AllByKind,
    EachOfBoth,
    EmptyIsInvalid,
    ExactScheme,
    IdFirst,
    KeyNotFound,
    NeitherFound,
    NoBlank,
    NoScheme,
    OtherSchemeIsNone,
    StatusByKind,
    UserFirst,
)
from .freedoms.paths import (
    CleanedPath,
    CleanTrace,
    DenseOrders,
    DescribedByOptions,
    EnvelopeFor405,
    HouseRouter,
    LowerPath,
    MergedSlashes,
    NarrowFront,
    NoHead,
    NoLeadingZeros,
    NoQuery,
    NotFound405,
    NumbersByValue,
    Options,
    RouterJson,
    RouterPage,
    ShorterPath,
    SignedNumbers,
    StrictFront,
    Undecoded,
)
from .rules import Rules
from .store import Store
from .wire import WireFault, rewritten


@frozen
class Variant:
    """One freedom, taken (a ``Flavour``)."""

    name: str
    sentence: str
    rules: Callable[[Store], Rules] = Rules
    wire: WireFault | None = None
    warned_by: tuple[str, ...] = ()
    """Cases of level SHOULD that it fails: allowed, and not wise."""


VARIANTS: Mapping[str, Variant] = {
    variant.name: variant
    for variant in (
        Variant("reference", "The reference server as it is."),
        Variant("all-errors-at-once", "An envelope holds every error that applies.", AllAtOnce),
        Variant("id-before-credentials", "The id's form is judged before the credentials.", IdFirst),
        Variant("user-before-client", "The user authorization is judged before the client's.", UserFirst),
        Variant("status-by-kind", "401, 403, 404 and 422 by kind, 500 for ER999.", StatusByKind),
        Variant("all-errors-status-by-kind", "Every error that applies, with the first one's status.", AllByKind),
        Variant("no-client-is-er806", "No client authorization is ER806.", KeyNotFound),
        Variant("no-client-is-both", "No client authorization is ER802 and ER806.", NeitherFound),
        Variant("missing-id-router-page", "A missing id ends at the router's HTML page.", RouterPage),
        Variant(
            "missing-id-router-json",
            "A missing id, or another method, ends at the router's problem details.",
            RouterJson,
        ),
        Variant("empty-is-invalid", "An empty header counts as sent, with an invalid value.", EmptyIsInvalid),
        Variant("other-scheme-is-absent", "A token with another scheme than Bearer counts as none.", OtherSchemeIsNone),
        Variant("each-of-both", "Of two client authorizations, what is wrong with either is told first.", EachOfBoth),
        Variant("exact-scheme", "The scheme is Bearer, to the letter, and one blank.", ExactScheme),
        Variant("no-blank", "A token may follow Bearer at once.", NoBlank, warned_by=("auth.no-scheme",)),
        Variant("no-scheme", "A token is taken without Bearer, too.", NoScheme, warned_by=("auth.no-scheme",)),
        Variant(
            "signed-numbers",
            "Signs, decimals and exponents are numbers, of no order.",
            SignedNumbers,
            warned_by=("order.strict-number",),
        ),
        Variant(
            "numbers-by-value",
            "Leading zeros, a plus, and a fraction of zero do not change a number.",
            NumbersByValue,
            warned_by=("order.other-spelling",),
        ),
        Variant("no-leading-zeros", "Leading zeros and more than 18 digits are no number.", NoLeadingZeros),
        Variant("dense-orders", "Almost any number is an order.", DenseOrders),
        Variant(
            "undecoded-id", "Percent-encoded digits are no number.", Undecoded, warned_by=("order.encoded-digits",)
        ),
        Variant("strict-front", "A front turns odd paths away in its own words.", StrictFront),
        Variant("narrow-front", "A front lets plain characters in credentials through alone.", NarrowFront),
        Variant("lower-path", "A front redirects paths with capitals.", LowerPath),
        Variant("cleaned-path", "A router redirects paths with empty or dotted segments.", CleanedPath),
        Variant("merged-slashes", "Encoded slashes are decoded and merged.", MergedSlashes),
        Variant("shorter-path", "Dotted segments are taken out, and another resource answers.", ShorterPath),
        Variant("house-router", "What the router does not know has a code of its own.", HouseRouter),
        Variant("no-query", "A query is refused.", NoQuery),
        Variant("other-methods-404", "Other methods are 404.", NotFound405),
        Variant("no-head", "HEAD is 405.", NoHead),
        Variant("options-204", "OPTIONS is 204 with Allow.", Options),
        Variant("options-described", "OPTIONS describes the resource.", DescribedByOptions),
        Variant("trace-without-secrets", "TRACE sends back what is not secret.", CleanTrace),
        Variant("other-methods-er999", "405 holds an envelope with ER999.", EnvelopeFor405),
        Variant("extra-fields", "More fields and headers than documented, everywhere.", altered(EXTRA, anything)),
        Variant(
            "extra-entry-fields",
            "Errors say more than documented.",
            altered(entries(lambda old: {**old, "severity": "error", "details": []}), failure),
        ),
        Variant("type-absent", "type is left out.", altered(payload(without("type")), success)),
        Variant("type-null", "type is null.", altered(member("type", None), success)),
        Variant("data-absent", "data is left out.", altered(payload(without("data")), success)),
        Variant("data-empty", "data is an empty object.", altered(member("data", {}), success)),
        Variant(
            "data-other-keys",
            "data has other keys than the example's.",
            altered(member("data", {"url": "https://example.com/", "tries": 2}), success),
        ),
        Variant(
            "other-words",
            "name and status have values of their own, one empty.",
            altered(both(member("name", ""), member("status", "GÖNÜLLÜ ✓")), success),
        ),
        Variant("settled-at-once", "The check is settled from the start.", SettledNow),
        Variant("new-access-tokens", "Each look gives a new access token.", NewTokens),
        Variant("one-access-token-a-user", "A user has one access token for all orders.", OneTokenAUser),
        Variant("odd-json", "An extra field with values that are hard to read.", altered(odd, anything)),
        Variant("coding-as-asked", "Bodies are compressed for whoever takes it.", CodingAsAsked),
        Variant("validators", "A check has an entity tag, and 304 for who knows it.", Validators),
        Variant("guessers-slowed", "429 after some wrong credentials.", GuessersSlowed),
        Variant(
            "media-parameters",
            "The media type has parameters and capitals.",
            altered(header("Content-Type", 'Application/JSON; charset="UTF-8"; v=2'), anything),
        ),
        Variant("escaped-json", "Indented JSON with escapes.", altered(escaped, anything)),
        Variant(
            "gzip",
            "Bodies are compressed, and said to be.",
            altered(compressed, anything),
            warned_by=("header.content-coding",),
        ),
        Variant("status-203", "A proxy has turned 200 into 203.", altered(status(203), success)),
        Variant(
            "private-cache",
            "The check may be kept by the browser alone.",
            altered(header("Cache-Control", "private, max-age=5"), success),
        ),
        Variant("no-cache-header", "No header about caching.", altered(header("Cache-Control"), anything)),
        Variant("rate-limited", "Now and then 429 with ER920.", RateLimited),
        Variant("user-errors-429", "ER702 has status 429.", altered(status(429), telling("ER702"))),
        Variant("general-error-500", "ER999 has status 500.", altered(status(500), telling("ER999"))),
        Variant("chunked", "Bodies come in chunks, with extensions and a trailer.", wire=WireFault(rewritten(chunked))),
        Variant(
            "line-end-after-body",
            "A line end follows each body, as from old servers.",
            wire=WireFault(rewritten(lambda head, body: head + body + b"\r\n")),
        ),
        Variant("until-close", "HTTP/1.0: the body ends with the connection.", wire=WireFault(rewritten(until_close))),
        Variant(
            "odd-headers",
            "Header names in capitals, no reason phrase, an interim answer first.",
            wire=WireFault(rewritten(other_case)),
        ),
        Variant("late", "Answers take a while.", wire=WireFault(late)),
        Variant("pieces", "Answers come in many small pieces.", wire=WireFault(pieces)),
    )
}
