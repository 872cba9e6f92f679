"""A site for the tests: an operator's articles in two languages, and incidents of half a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailbot.deciding.incidents import Incident, Update, UpdateKind
from mailbot.render import Templates
from mailbot.render.public.folder import Files, files
from mailbot.rules import Partner, Playbook, Rules, Site
from mailbot.rules.articles import Article

TEMPLATES = Templates(None)
NOW = datetime(2026, 11, 27, 14, 5, tzinfo=UTC)
ADDRESS = "https://help.harborvoice.example"
OUTGOING = """\
When calls to other numbers fail but calls between your own phones work, the line to the outside is the likely cause.

## Check these first

1. Dial the **whole number**, as in `617 555 0100`.
2. Try the [app](voicemail.md#pin), or read [more](https://carrier.example/outbound).

> A busy tone at once usually means that all lines are in use.

| What | Why |
|---|--:|
| The number | one destination alone may be affected |

![The dial pad](https://help.harborvoice.example/pad.png)

## Check these first

Write to <script>alert(1)</script> us.
"""
ARTICLES = (
    Article(
        id="outgoing", title="Calls to the outside fail", topic="Calls", keywords=("one-way audio",), text=OUTGOING
    ),
    Article(id="forwarding", title="Forward calls while you are away", topic="Calls", text="- all calls\n- when busy"),
    Article(
        id="voicemail", title="Voicemail does not arrive", topic="Voicemail", text="Look into *Junk* first.\n\n## PIN"
    ),
    Article(id="offline", title="A phone says “not registered”", topic="Phones & app", text="Take the cable out."),
    Article(id="manual", title="The phone's manual", topic="Phones & app", link="https://www.phones.example/m.pdf"),
    Article(id="secret", title="Not finished", topic="Calls", text="Nobody reads this yet.", draft=True),
    Article(id="outgoing.de", title="Anrufe nach außen gehen nicht", topic="Anrufe", text="Die Nummer.", language="de"),
)
PARTNER = Partner(
    brand="Harbor Voice",
    address="support@harborvoice.example",
    zone=ZoneInfo("America/New_York"),
    phone="+1 617 555 0100",
    emergency_number="+1 617 555 0199",
    website="harborvoice.example",
)
RULES = Rules(partner=PARTNER, site=Site(folder="site", address=ADDRESS)).with_articles(ARTICLES)


def incident(
    number: int, opened_at: datetime, *said: str, title: str = "", over_after: timedelta | None = None
) -> Incident:
    """Return an incident with what was said of it, an hour apart."""
    kinds = [UpdateKind.OPEN, *[UpdateKind.UPDATE] * (len(said) - 1)]
    updates = [
        Update(opened_at + timedelta(hours=n), kind, words)
        for n, (kind, words) in enumerate(zip(kinds, said, strict=True))
    ]
    over_at = None if over_after is None else opened_at + over_after
    if over_at is not None:
        updates.append(Update(over_at, UpdateKind.RESOLVE))
    return Incident(number, title, Playbook.OUTBOUND_CALLS, opened_at, over_at, tuple(updates))


LASTS = incident(4, NOW - timedelta(hours=2), "Calls fail.", "Half of them work.\nWe go on.", title="Calls to mobiles")
OVER = incident(3, NOW - timedelta(days=9), "", title="", over_after=timedelta(hours=3, minutes=12))
# In New York it was still October.
AT_THE_END = incident(
    2, datetime(2026, 11, 1, 3, 30, tzinfo=UTC), "Late.", title="Late", over_after=timedelta(minutes=9)
)
LONG_AGO = incident(1, datetime(2026, 7, 9, 12, tzinfo=UTC), "Slow.", title="Slow", over_after=timedelta(days=3))
INCIDENTS = (LONG_AGO, AT_THE_END, OVER, LASTS)


def built(rules: Rules = RULES, incidents: tuple[Incident, ...] = INCIDENTS, now: datetime = NOW) -> Files:
    """Return the site of these; nothing of the shipped templates fails."""
    made = files(TEMPLATES, rules, incidents, now)
    assert made.problems == ()
    return made


def page(name: str, made: Files | None = None) -> str:
    """Return a page of the site."""
    return (made or built()).octets[name].decode()
