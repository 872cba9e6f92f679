"""What programs read of the public pages: the feed of incidents, the list of pages, and what search engines may see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from markupsafe import escape

from mailbot.deciding.incidents import UpdateKind
from mailbot.render.public.facts import Place, Trouble
from mailbot.render.wording import Wording, heading

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
XHTML = "http://www.w3.org/1999/xhtml"
_MOST = 50
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def feed(brand: str, place: Place, troubles: Iterable[Trouble], wording: Wording, since: datetime) -> str:
    """Return the Atom feed (RFC 4287) of the newest incidents; `since` is when it changed where there is none.

    `place` is that of the status page. An incident is one entry, which changes with each update.
    """
    root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": wording.language})
    shown = list(troubles)[:_MOST]
    _add(root, "id", place.address(place.feed))
    _add(root, "title", f"{brand}: {wording.phrase('site.status_title', {})}")
    _add(root, "updated", _stamp(max((one.said[0].at for one in shown if one.said), default=since)))
    _add(_add(root, "author"), "name", brand)
    _add(root, "link", rel="self", type="application/atom+xml", href=place.address(place.feed))
    _add(root, "link", rel="alternate", type="text/html", href=place.address(place.page))
    for trouble in shown:
        root.append(_entry(place, trouble, wording))
    ET.indent(root)
    return _XML + ET.tostring(root, encoding="unicode") + "\n"


def _entry(place: Place, trouble: Trouble, wording: Wording) -> ET.Element:
    entry = ET.Element("entry")
    host = urlsplit(place.root).hostname or ""
    # RFC 4151: it stays the same when the pages move.
    _add(entry, "id", f"tag:{host},{trouble.since.astimezone(UTC):%Y-%m-%d}:{trouble.anchor}")
    _add(entry, "title", title_of(trouble, wording))
    _add(entry, "published", _stamp(trouble.since))
    _add(entry, "updated", _stamp(trouble.said[0].at if trouble.said else trouble.since))
    _add(entry, "link", rel="alternate", type="text/html", href=place.address(trouble.page))
    said = (
        f"<p><strong>{escape(wording.phrase(f'site.{one.kind}', {}))}</strong>, "
        f"{escape(wording.instant(one.at))} ({escape(wording.zone_name())})</p>"
        + "".join(f"<p>{escape(line)}</p>" for line in words_of(one.kind, one.text, wording).split("\n") if line)
        for one in trouble.said
    )
    _add(entry, "content", "\n".join(said), type="html")
    return entry


def title_of(trouble: Trouble, wording: Wording) -> str:
    """Return what an incident is about, in the reader's words where nobody gave it a title."""
    issue = heading(wording.phrase(f"incident.{trouble.playbook}", {})) if trouble.playbook else ""
    return trouble.title or issue or wording.phrase("site.other", {})


def words_of(kind: UpdateKind, text: str, wording: Wording) -> str:
    """Return what was said of an incident, in the reader's words where the kind alone was."""
    return text or wording.phrase(f"site.{kind}_words", {})


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    added = ET.SubElement(parent, name, attributes)
    added.text = text
    return added


def sitemap(places: Iterable[Place]) -> str:
    """Return the list of these pages for search engines (sitemaps.org), each with its translations."""
    root = ET.Element("urlset", {"xmlns": SITEMAP, "xmlns:xhtml": XHTML})
    for place in places:
        url = _add(root, "url")
        _add(url, "loc", place.address(place.page))
        for language, page in place.languages:
            _add(url, "xhtml:link", rel="alternate", hreflang=language, href=place.address(page))
    ET.indent(root)
    return _XML + ET.tostring(root, encoding="unicode") + "\n"


def robots(sitemap_address: str) -> str:
    """Return what robots may look at (RFC 9309): everything."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {sitemap_address}\n"
