"""The right content in the wrong form: media type, charset, syntax, coding, caching."""

import gzip
import json

from attrs import evolve

from btcdirect_conformance.server.flavour import Change, altered, anything, body, both, failure, header, success
from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules

from .model import Fault, category


def _again(reply: Reply) -> Reply:
    """The payload with its members twice, the second time other than the first."""
    text = json.dumps(reply.payload)
    return evolve(reply, raw=f'{{"name": 1, {text[1:]}'.encode())


def _utf16(reply: Reply) -> Reply:
    return evolve(reply, raw=reply.body.decode().encode("utf-16"))


class _PageToAnyType(Rules):
    """Whoever does not insist on JSON gets a page."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        return _HTML(reply) if reply.codes and "application/json" not in call.values("accept") else reply


class _CodingDemanded(Rules):
    """Has nothing but compressed bodies to give, and refuses who does not take them."""

    def reply(self, call: Call) -> Reply:
        accepted = any("gzip" in value for value in call.values("accept-encoding"))
        return super().reply(call) if accepted else Reply(406, None, headers=(), raw=b"")


class _CodingForced(Rules):
    """Compresses for everybody."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        coded = header("Content-Encoding", "gzip")(reply)
        return evolve(coded, raw=gzip.compress(reply.body, mtime=0)) if reply.order else reply


_HTML: Change = both(
    header("Content-Type", "text/html; charset=UTF-8"), body(b"<!DOCTYPE html><h1>An Error Occurred</h1>")
)

_NOTICE = body(lambda raw: b"<br />\n<b>Notice</b>: Undefined index<br />\n" + raw)

MEDIA = category(
    "media",
    Fault(
        "media-no-content-type",
        "Answers have no Content-Type.",
        "header.content-type",
        altered(header("Content-Type"), anything),
    ),
    Fault(
        "media-text-html",
        "JSON comes as text/html, PHP's default.",
        "header.content-type",
        altered(header("Content-Type", "text/html; charset=UTF-8"), anything),
    ),
    Fault(
        "media-text-plain",
        "Checks come as text/plain.",
        "header.content-type",
        altered(header("Content-Type", "text/plain"), success),
    ),
    Fault(
        "media-problem-json",
        "Envelopes come as application/problem+json.",
        "header.content-type",
        altered(header("Content-Type", "application/problem+json"), failure),
    ),
    Fault(
        "media-xml",
        "Envelopes come as application/xml.",
        "header.content-type",
        altered(header("Content-Type", "application/xml"), failure),
    ),
    Fault("media-html-error", "Errors are HTML pages of the framework.", "order.unknown", altered(_HTML, failure)),
    Fault(
        "media-html-to-any-type",
        "Errors are HTML pages for whoever takes any media type.",
        "request.any-media-type",
        _PageToAnyType,
    ),
    Fault("media-coding-demanded", "Who takes no gzip gets nothing.", "request.identity", _CodingDemanded),
    Fault("media-coding-forced", "Who takes no gzip gets it all the same.", "header.content-coding", _CodingForced),
    Fault("media-html-success", "The check is an HTML page.", "body.json", altered(_HTML, success)),
    Fault(
        "media-long-word",
        "Errors are 300,000 bytes of one word.",
        "order.unknown",
        altered(both(header("Content-Type", "text/html"), body(b"a" * 300_000)), failure),
    ),
    Fault(
        "media-html-as-json",
        "Errors are HTML pages that say that they are JSON.",
        "body.json",
        altered(body(b"<!DOCTYPE html><h1>An Error Occurred</h1>"), failure),
    ),
    Fault(
        "media-php-notice",
        "A PHP notice stands before the JSON.",
        "body.json",
        altered(_NOTICE, success),
    ),
    Fault(
        "media-php-notices",
        "A PHP notice stands before all JSON, which comes as HTML then.",
        "body.json",
        altered(
            both(
                header("Content-Type", "text/html; charset=UTF-8"),
                _NOTICE,
            ),
            anything,
        ),
    ),
    Fault("media-empty-body", "The body of a check is empty.", "body.json", altered(body(b""), success)),
    Fault("media-empty-envelope", "The body of an error is empty.", "body.json", altered(body(b""), failure)),
    Fault("media-cut", "The JSON of a check breaks off.", "body.json", altered(body(lambda raw: raw[:-1]), success)),
    Fault(
        "media-trailing",
        "A second value stands behind the first.",
        "body.json",
        altered(body(lambda raw: raw + b"{}"), success),
    ),
    Fault(
        "media-single-quotes",
        "The JSON has single quotes.",
        "body.json",
        altered(body(lambda raw: raw.replace(b'"', b"'")), failure),
    ),
    Fault(
        "media-nan",
        "A value is NaN, which is no JSON.",
        "body.json",
        altered(body(lambda raw: raw[:-1] + b', "score": NaN}'), success),
    ),
    Fault("media-duplicate-member", "An object has a member twice.", "body.unique-names", altered(_again, success)),
    Fault(
        "media-bom",
        "A byte order mark stands before the JSON.",
        "body.json",
        altered(body(lambda raw: b"\xef\xbb\xbf" + raw), anything),
    ),
    Fault("media-utf-16", "The JSON is in UTF-16.", "body.json", altered(_utf16, anything)),
    Fault(
        "media-latin-1",
        "The JSON is in Latin-1.",
        "body.json",
        altered(body(lambda raw: raw[:-1] + ', "note": "geprüft"}'.encode("latin-1")), success),
    ),
    Fault(
        "media-gzip-unannounced",
        "The body is compressed and nothing says so.",
        "body.json",
        altered(body(lambda raw: gzip.compress(raw, mtime=0)), success),
    ),
)
