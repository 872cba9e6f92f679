"""Sample facts for every mail and page: with everything there is to say, and with as little as possible."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailbot.deciding.agents.taps import Tap, taps
from mailbot.deciding.effects import Flag, NoticeKind
from mailbot.deciding.facts.asked import Asked
from mailbot.deciding.facts.papers import Paper
from mailbot.deciding.listed import ListKind
from mailbot.render import incidents, policies
from mailbot.render.among import PagedFacts, ReturnedFacts, ToldFacts
from mailbot.render.facts import (
    AnsweredBy,
    AnswerFacts,
    AskedTicket,
    AskFacts,
    Attached,
    CallBack,
    Day,
    DigestFacts,
    EscalatedBy,
    Facts,
    Former,
    Happening,
    NoticeFacts,
    NoticeItem,
    OpenRequest,
    Person,
    Piece,
    RelayFacts,
    WeekFacts,
)
from mailbot.render.offers import ArticleLink, OfferFacts
from mailbot.render.pages import PageFacts
from mailbot.render.rows import Bar, Finding, Line, Need, Row, Waits
from mailbot.render.vendorsamples import VENDOR_SAMPLES
from mailbot.render.waiting import GivenLine, ListFacts, ListLine, NightLine, Overnight, Sighted, Turn
from mailbot.render.waits import WaitsFor
from mailbot.rules import Hours, Severity, Weekly

_NOW = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)

_NOTICE = NoticeItem(
    kind=NoticeKind.NEW_TICKET,
    ticket=1042,
    tenant="Sample Ltd",
    severity=Severity.CRITICAL,
    playbook="Phone does not register",
    steps=("Check the cable", "Check the password"),
    subject="Sample subject",
    sender="jo@customer.example",
    sender_name="Jo Sample",
    verified=False,
    excerpt="The first line.\n\nThe second line.",
    call=(CallBack("+1 202 555 0123", "listed"), CallBack("+1 202 555 0124", "in the message")),
    held=17,
    reasons=("a sample reason",),
    promised_at=_NOW + timedelta(minutes=15),
    received_at=_NOW,
    flags=(Flag.UNVERIFIED,),
)
_OFFERS = (
    OfferFacts(
        intro="ask.intro",
        items=tuple(f"ask.{one}" for one in Asked),
        articles=(
            ArticleLink("Sample article", "https://help.sample.example/a"),
            ArticleLink("More", "https://b.example"),
        ),
        solved_to="support+token@sample.example",
    ),
    OfferFacts(
        note="note.port_in",
        intro="papers.unsure",
        items=tuple(f"papers.{one}" for one in Paper),
        form="https://help.sample.example/loa.pdf",
    ),
    *(OfferFacts(note=f"note.{one}", form_attached=one == "port_out") for one in ("caller_id_name", "port_out")),
)
_TAKEOVER = replace(_NOTICE, call=(), asks_for="PIN", call_back=CallBack("+1 202 555 0123", "listed"))
_RELAYS = (
    RelayFacts(now=_NOW, brand="Sample", item=NoticeItem(kind=NoticeKind.REPLY, ticket=1042), token="t" * 39),
    RelayFacts(
        now=_NOW,
        brand="Sample",
        item=_NOTICE,
        token="t" * 39,
        readers=(Person("Jo Sample", "jo@customer.example"), Person("", "al@customer.example")),
        asks_for="PIN",
        call_back=CallBack("+1 202 555 0123", "listed"),
        receipt=('offered to read: "Sample"', "asked for: the extension"),
        dashboard="https://pbx.example/sample",
        steps=(
            (Piece("Check "), Piece("the phones", "https://pbx.example/sample/phones")),
            (Piece("Check the cable"),),
        ),
        former=(
            Former(1041, "Sample subject", is_open=True, at=_NOW),
            Former(7, "", is_open=False, at=_NOW - timedelta(days=400), answered_by=("Jo", "Al")),
        ),
        files=(Attached("sample.pdf", 2_400_000), Attached("sample.txt", 1_000)),
        left=(Attached("sample.exe", 1_000),),
        taps=taps(None, "support@sample.example", "t" * 39, "Sample subject"),
    ),
    RelayFacts(
        now=_NOW + timedelta(hours=2),
        brand="Sample",
        item=replace(_NOTICE, verified=True, flags=()),
        token="t" * 39,
        asks_for="PIN",
        whose="#for jo@customer.example",
        answered=AnsweredBy("Sam Sample", _NOW - timedelta(hours=1), by_phone=True),
        escalated=EscalatedBy("Sam Sample", "Please look at the trace."),
        incident="3, Calls fail",
        former=(Former(1041, "Sample subject", is_open=True, at=_NOW),),
        former_of_tenant=True,
    ),
)

PAGES = (
    PageFacts(
        "outage", "Sample: outage", 'Sample Ltd: "no" \\ <dial> tone & more', "sample", _NOW.isoformat(), "Sample"
    ),
    PageFacts(
        "alarm",
        "Sample: over",
        "It works again",
        "sample",
        _NOW.isoformat(),
        "Sample",
        to="Jo",
        ok="mailto:support@sample.example?subject=ok&body=ok",
        over=True,
        topic="sample",
        credential="sample",
    ),
)
"""Facts of pages: whatever they say must stay within its quotes."""
_PAGED = PagedFacts(
    _NOW,
    "Sample",
    "outage",
    "Sample Ltd: phones are down. Call +1 202 555 0123",
    "mailto:support@sample.example?subject=ok&body=ok",
)
_WHOLE: dict[str, tuple[Facts, ...]] = {
    "team-relay": _RELAYS,
    "customer-incident": incidents.samples(_NOW),
    "team-page": (_PAGED, replace(_PAGED, kind="seen", text="Sample Ltd: Jo has seen it", ok="")),
}


def samples(name: str) -> tuple[Facts, ...]:
    """Return facts for that mail that between them walk the branches of a template."""
    return VENDOR_SAMPLES.get(name) or _of_ours(name)


def _of_ours(name: str) -> tuple[Facts, ...]:
    """Return facts for that mail to a customer or to one of us."""
    if name == "team-ask":
        text = "Hello Jo,\n\nit works again."
        return (
            AskFacts(now=_NOW, brand="Sample", why="nothing proves it", text=text, token="t" * 39),
            AskFacts(
                now=_NOW,
                brand="Sample",
                why="nothing proves it",
                text=text,
                token="t" * 39,
                ticket=AskedTicket(1042, "Hold music", "Jo Sample (jo@sample.example) at Sample Ltd"),
                doing=("#close: close the ticket",),
                words=(("add", "counts that address as yours"),),
                shows=("This goes to Sample Carrier", text),
                links=(("Yes", "mailto:support@sample.example?subject=Re%3A%20yes&body=yes"),),
            ),
            AskFacts(
                now=_NOW,
                brand="Sample",
                why="too late",
                text=text,
                token="t" * 39,
                beside=("Jo answered at 10:02", text),
            ),
            AskFacts(now=_NOW, brand="Sample", why="its words are unclear"),
            AskFacts(now=_NOW, brand="Sample", why="unread", text=text, token="t" * 39, told=("One.", "", "Two.")),
            AskFacts(now=_NOW, brand="Sample", why="asked for", told=("#one: does one thing",), title="What there is"),
            AskFacts(
                now=_NOW,
                brand="Sample",
                why="asked for",
                told=("What happened:",),
                title="Why",
                days=(
                    Day("Mon, Nov 23", (Happening("9:00", "Jo wrote", ("It is normal.",)), Happening("9:01", "left"))),
                ),
            ),
        )
    if name == "customer-policy":
        return of_policy()
    if name == "team-returned":
        why, address = "there is no such address", "kim@sample.example"
        back = ReturnedFacts(
            _NOW, "Sample", "t" * 39, "[1042] Music", "Kim at Sample Ltd", address, why, "Call.", "550 5.1.1", "Well."
        )
        return (
            back,
            replace(back, said="", unclear=True),
            replace(back, reopened=True),
            replace(back, resumed=True, of_wait=True),
        )
    if name == "team-told":
        told = ToldFacts(_NOW, "Sample", "t" * 39, "[1042] Hold music", "Jo", "Kim at Sample Ltd", "It works.", _NOW)
        lost = replace(told, lost=(("kim@sample.example", "there is no such address"),))
        again = replace(lost, again=True)
        return (told, replace(told, by_phone=True, closed=True), lost, again, replace(again, waits=True))
    if name in _WHOLE:
        return _WHOLE[name]
    if name == "team-digest":
        return _digests()
    if name == "team-list":
        return _lists()
    if name.startswith("team-"):
        kinds = tuple(NoticeItem(kind=kind, text="Something happened.") for kind in NoticeKind)
        return (
            NoticeFacts(now=_NOW, brand="Sample", items=(_NOTICE,)),
            NoticeFacts(now=_NOW, brand="Sample", items=(_TAKEOVER, replace(_TAKEOVER, call_back=None))),
            NoticeFacts(now=_NOW, brand="Sample", items=(_NOTICE, *kinds), more=2, place="/srv/desk on sample"),
            *(NoticeFacts(now=_NOW, brand="Sample", items=(item,)) for item in kinds),
        )
    if name == "customer-week":
        quiet = WeekFacts(_NOW, "Sample", _NOW - timedelta(days=9), _NOW - timedelta(days=3))
        waits = (OpenRequest("1042", _NOW - timedelta(days=5)),)
        busy = replace(quiet, tickets=7, response=timedelta(minutes=42), in_time="86%", open=waits, more=3)
        busy = replace(busy, status_page="https://help.sample.example/en/status.html")
        return (quiet, busy, replace(busy, day_and_night=True))
    return _of_a_customer(name)


def _of_a_customer(name: str) -> tuple[AnswerFacts, ...]:
    """Return facts for that automatic mail to a customer."""
    full = {
        "now": _NOW,
        "brand": "Sample",
        "reference": "1042",
        "hours": Hours(region="DE"),
        "signature": "Your team at Sample",
        "website": "https://sample.example",
        "promised_at": _NOW + timedelta(days=1),
        "opens_at": _NOW + timedelta(days=9),
        "emergency_number": "+49 30 555 0142",
        "escalation_phone": "+49 30 555 0100",
        "country": "DE",
        "size_limit": 26_214_400,
        "name_zone": True,
        "hours_zone": ZoneInfo("America/New_York"),
        "companies": ("Sample Dental", "Sample Logistics"),
        "status_page": "https://help.sample.example/en/status.html",
    }
    if name == "customer-waiting":
        return tuple(
            AnswerFacts(**full | {"waits_for": waits_for, "waits_until": _NOW + timedelta(days=9)})  # type: ignore[arg-type]
            for waits_for in (None, *WaitsFor)
        )
    if name == "customer-reminder":
        answered = {"answered_on": _NOW - timedelta(days=4)}
        return tuple(
            AnswerFacts(**full | answered | {"closes_on": closes_on})  # type: ignore[arg-type]
            for closes_on in (None, _NOW + timedelta(days=3))
        )
    if name == "customer-survey":
        votes = tuple((mark, f"mailto:a@b.example?body={mark}") for mark in range(1, 6))
        return (AnswerFacts(**full | {"votes": votes, "opened_on": _NOW - timedelta(days=3)}),)  # type: ignore[arg-type]
    if name == "customer-seen":
        return tuple(
            AnswerFacts(**full | {"seen_by": "Jo Sample", "emergency_number": number})  # type: ignore[arg-type]
            for number in ("", "+49 30 555 0142")
        )
    return (
        AnswerFacts(**full),  # type: ignore[arg-type]
        *(AnswerFacts(**full | {"offer": offer}) for offer in _OFFERS),  # type: ignore[arg-type]
        AnswerFacts(**full | {"critical": True, "companies": ()}),  # type: ignore[arg-type]
        AnswerFacts(**full | {"promised_at": None, "known": "Calls fail", "known_at": _NOW}),  # type: ignore[arg-type]
        AnswerFacts(now=_NOW, brand="Sample", reference="1042", hours=Hours(week=Weekly())),
    )


def _digests() -> tuple[DigestFacts, ...]:
    """Return a full weekly mail, one of few tickets, and one of an empty week."""
    empty = DigestFacts(now=_NOW, brand="Sample", subject="Week 46: no tickets", title="Week 46", headline="No tickets")
    few = replace(empty, tickets=(Line(0, 1042, "Sample Ltd", "Sample subject", "answered after 12 min"),))
    offered = (Tap("Close", "1 close", "mailto:a@b.example"),)
    line = Line(1, 1042, "Sample Ltd", "Sample subject", "open for 3 days", grave=True, taps=offered)
    needs = (
        Need("Something waits.", grave=True, place=1, taps=offered),
        Need("A sender is nobody's.", command="mailbot senders"),
    )
    bars = (Bar("45", 7, 50, "86% in time"), Bar("46", 14, 100))
    full = replace(
        empty,
        rows=(Row("Tickets", "14", "7"), Row("First response", "42 min", "–")),
        needs=needs,
        trend=bars,
        customers=bars,
        severities=bars,
        waiting=(line,),
        late=(line,),
        more_late=3,
        oldest=(line,),
        said=(line,),
        votes=bars,
        senders=needs,
        incidents=("Incident 3, Calls fail: Mon, Nov 23, 9:05 AM, for 2 h; 5 tickets of 5 customers",),
        issues=("2 customers wrote about porting in (#1042)",),
        finding=Finding(
            "3 customers wrote about fax (#1043)", "About fax", ("## What to do",), "mailbot articles draft fax", "de"
        ),
        trouble=needs,
        kept=(Waits("to jo@sample.example", "Sample subject", "held for you to release", "mailbot outbox show 1"),),
        more_kept=2,
        monthly=60,
        token="t" * 39,
        place="/srv/desk on sample",
    )
    ready = Finding("3 customers wrote about fax (#1043)", "Fax", ("By mail.",), "mailbot articles start", ready=True)
    waiting = Finding("3 customers wrote about fax (#1043)", "Fax", (), "", waits="articles/fax.md is a draft still.")
    return full, few, empty, replace(empty, finding=ready), replace(empty, finding=waiting)


def _lists() -> tuple[Facts, ...]:
    line = ListLine(
        1,
        1042,
        Severity.CRITICAL,
        customer="Jo Sample",
        tenant="Sample Ltd",
        subject="Sample subject",
        words="The first line.\nThe second line.",
        waiting_since=_NOW - timedelta(hours=1),
        due_at=_NOW - timedelta(minutes=45),
        holder="Bo Sample",
        flags=(Flag.UNVERIFIED,),
        asks_for="PIN",
        call_back="+1 202 555 0123",
        call_source="listed",
    )
    bare = ListLine(2, 1043, Severity.NORMAL, asks_for="PIN")
    given = (GivenLine(1041, "you", _NOW, "Jo", "Sample Ltd", "Sample", closed=True), GivenLine(1040, "Bo", _NOW))
    empty = ListFacts(now=_NOW, brand="Sample", kind=ListKind.OPEN, lines=(), token="t" * 39, since=_NOW)
    full = replace(empty, lines=(line, bare), given=given, more=2, more_given=3)
    steps = (("9:45 AM", "Bo Sample was called"),)
    dead = NightLine(1044, Severity.CRITICAL, "Jo", "Sample Ltd", "Dead", steps, 1, holder="Bo", number=1, line=line)
    overnight = Overnight(_NOW, _NOW, (dead, replace(dead, steps=(), more=0, closed=True, number=2, line=None)))
    turns = (Turn("you", _NOW, "Bo"), Turn("Bo", _NOW, "you"), Turn("Bo", _NOW, ""))
    opens = Tap("Open the incident", "open", "mailto:support@sample.example?body=open")
    common, title = ("outgoing calls", "busy tone"), "Outgoing calls fail"
    first = Sighted(1, (1042, 1043), 3, timedelta(minutes=12), common, title, "We know of it.", opens=opens)
    sighted = (first, replace(first, tenants=5, common=(), told_before=3, opens=None))
    return (
        empty,
        *(replace(full, kind=kind) for kind in ListKind),
        *(replace(one, overnight=overnight) for one in (empty, full)),
        *(replace(full, kind=ListKind.TURN, turn=turn) for turn in turns),
        *(replace(full, kind=ListKind.RADAR, sighted=one) for one in sighted),
    )


def of_policy() -> tuple[policies.PolicyFacts, ...]:
    """Return facts of what is promised, for its mail and its page."""
    return policies.samples(_NOW)
