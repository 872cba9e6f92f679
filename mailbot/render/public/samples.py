"""Facts of public pages with which their templates are tried before the first page is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from markupsafe import Markup

from mailbot.deciding.incidents import UpdateKind
from mailbot.render.public.facts import (
    AnyPublicFacts,
    ArticleFacts,
    Entry,
    HelpFacts,
    MissingFacts,
    Month,
    MonthFacts,
    Place,
    Said,
    StatusFacts,
    Topic,
    Trouble,
)
from mailbot.rules import Playbook

_AT = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
_BARE = Place("en/status.html", "en/status.html", "", "en/status.html")
_FULL = Place(
    page="en/index.html",
    same_as="en/index.html",
    root="https://help.sample.example",
    status="en/status.html",
    help="en/index.html",
    feed="en/status-feed.xml",
    script="search.js",
    index="en/search-index.js",
    languages=(("en", "en/index.html"), ("de", "de/index.html")),
    usual="en/index.html",
)
_OWN: dict[str, Any] = {"brand": "Sample", "place": _BARE, "address": "support@sample.example"}
_MORE: dict[str, Any] = {
    "place": _FULL,
    "website": "sample.example",
    "phone": "+1 202 555 0100",
    "emergency_number": "+1 202 555 0142",
}
_ENTRIES = (
    Entry("Sample article", "en/articles/sample.html", "What it says."),
    Entry("Sample link", "https://www.sample.example/manual", elsewhere="sample.example"),
)
_TOPIC = Topic("Samples", "topic-samples", _ENTRIES)
_LASTS = Trouble(
    2, "Sample trouble", None, _AT, None, (Said(_AT, UpdateKind.OPEN, "It is known."),), "en/status/2026-11.html#x"
)
_OVER = replace(
    _LASTS,
    number=1,
    title="",
    playbook=Playbook.PORT_IN,
    lasted=timedelta(minutes=42),
    said=tuple(Said(_AT, kind) for kind in reversed(UpdateKind)),
)
_MONTH = Month(date(2026, 11, 1), (_OVER, replace(_OVER, playbook=None)), "en/status/2026-11.html")
_QUIET = Month(date(2026, 10, 1))


def samples(name: str) -> tuple[AnyPublicFacts, ...]:
    """Return facts for that page that between them walk the branches of its template."""
    return _SAMPLES[name]


_STATUS = StatusFacts(**_OWN, lasting=(), months=(_QUIET,), earlier=())
_SAMPLES: dict[str, tuple[AnyPublicFacts, ...]] = {
    "site-status": (
        _STATUS,
        replace(_STATUS, **_MORE, lasting=(_LASTS,), months=(_MONTH, _QUIET), earlier=(_MONTH,)),
        replace(_STATUS, **_MORE, lasting=(_LASTS, replace(_LASTS, title="", playbook=Playbook.PORT_OUT))),
    ),
    "site-month": (
        MonthFacts(**_OWN, month=_MONTH, before=None, after=None),
        MonthFacts(**_OWN | _MORE, month=replace(_MONTH, troubles=(_LASTS,)), before=_MONTH, after=_MONTH),
    ),
    "site-help": (HelpFacts(**_OWN | _MORE, topics=(_TOPIC,), data={"name": "Sample"}),),
    "site-article": tuple(
        ArticleFacts(
            **_OWN | _MORE,
            title="Sample article",
            topic=_TOPIC,
            body=Markup("<p>What it says.</p>"),
            description=description,
            others=others,
            data={"headline": "Sample article"},
        )
        for description, others in (("What it says.", _ENTRIES), ("", ()))
    ),
    "site-missing": (MissingFacts(**_OWN), MissingFacts(**_OWN | _MORE | {"place": replace(_FULL, page="")})),
}
