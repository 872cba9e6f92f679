"""Whole outgoing mails, octet for octet, to be read in a mail program and reviewed as a diff.

A change of a sentence, a style or a header field shows here as it leaves for customers. When a
change is meant, write the mails anew with `GOLDEN=write pytest tests/golden` and read what git shows.
"""

from __future__ import annotations

import email
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mailbot.deciding.agents.taps import Tap, begun, list_taps, taps
from mailbot.deciding.compose import OutgoingMail, compose, content_of
from mailbot.deciding.effects import Flag, NoticeKind
from mailbot.deciding.listed import ListKind
from mailbot.deciding.promises import promises, told
from mailbot.reading.model import Mailbox
from mailbot.render import (
    AnsweredBy,
    AnswerFacts,
    AskedTicket,
    AskFacts,
    Attached,
    CallBack,
    Day,
    EscalatedBy,
    Facts,
    Former,
    Happening,
    NoticeFacts,
    NoticeItem,
    OpenRequest,
    Person,
    Piece,
    PolicyFacts,
    RelayFacts,
    Templates,
    ToldFacts,
    WeekFacts,
    render,
    web_page,
)
from mailbot.render.among import PagedFacts, ReturnedFacts
from mailbot.render.offers import ArticleLink, OfferFacts
from mailbot.render.policies import policy_facts
from mailbot.render.waiting import GivenLine, ListFacts, ListLine, NightLine, Overnight, Taken, Turn
from mailbot.render.waits import WaitsFor
from mailbot.rules import Agent, Hours, OnCall, Partner, Rules, Severity, Tenant
from tests.golden import a_week, incidents, vendors
from tests.secrecy import WATCH

FOLDER = Path(__file__).parent
TEMPLATES = Templates(None)

SATURDAY_NIGHT = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
MONDAY_MORNING = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
SPLIT_DAYS = ("08:00-12:00", "13:00-17:30")

US = AnswerFacts(
    now=SATURDAY_NIGHT,
    brand="Northwind Voice",
    reference="1042",
    hours=Hours(region="US"),
    signature="Your Northwind Voice team",
    website="northwind.example",
    promised_at=datetime(2026, 11, 23, 16, 30, tzinfo=UTC),
    opens_at=datetime(2026, 11, 23, 14, 0, tzinfo=UTC),
    emergency_number="+1 202 555 0142",
    escalation_phone="+1 202 555 0100",
    status_page="https://help.northwind.example/en/status.html",
)
GERMANY = replace(
    US,
    brand="Büro-Telefonie Süd",
    signature="",
    website="https://telefonie.example",
    status_page="https://status.telefonie.example",
    country="DE",
    emergency_number="+49 30 555 0142",
    escalation_phone="+49 30 555 0100",
    opens_at=datetime(2026, 11, 23, 7, 0, tzinfo=UTC),
    promised_at=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
    hours=Hours.model_validate(
        {"region": "DE-BY", "week": dict.fromkeys(("mon", "tue", "thu", "fri"), SPLIT_DAYS) | {"wed": ("08:00-12:00",)}}
    ),
)
URGENT_US = replace(US, critical=True, promised_at=SATURDAY_NIGHT + timedelta(minutes=15))
URGENT_GERMANY = replace(GERMANY, critical=True, promised_at=SATURDAY_NIGHT + timedelta(minutes=15))
SEEN = replace(URGENT_GERMANY, promised_at=None, seen_by="Dana Ortiz")
PAGED = PagedFacts(
    SATURDAY_NIGHT,
    "Northwind Voice",
    "outage",
    "3 outages: Contoso Ltd, Fabrikam, Woodgrove. Contoso Ltd: phones are down. Call +1 202 555 0123",
    begun(Mailbox("", f"support+{'t' * 39}@northwind.example"), "support@northwind.example", "t" * 39, "ok", "ok"),
)
IN_HOURS = replace(US, now=MONDAY_MORNING, opens_at=None, promised_at=MONDAY_MORNING + timedelta(hours=4))

OFFER = OfferFacts(
    intro="ask.intro",
    items=("ask.dialled", "ask.tried", "ask.extension", "ask.device"),
    articles=(
        ArticleLink(
            "When outgoing calls do not go through", "https://help.northwind.example/en/articles/outgoing-calls.html"
        ),
    ),
    solved_to=f"support+{'t' * 39}@northwind.example",
)
OFFER_DE = OfferFacts(
    articles=(
        ArticleLink("So richten Sie eine Nebenstelle ein", "https://hilfe.example/de/articles/add-an-extension.html"),
        ArticleLink("Passwörter & PINs <zurücksetzen>", "https://hilfe.example/de/articles/passwords-and-pins.html"),
    ),
)
PORT_IN = OfferFacts("note.port_in", "ask.intro", ("ask.coming", "papers.loa", "papers.account"), form_attached=True)
PORT_OUT = OfferFacts("note.port_out", "ask.intro", ("ask.leaving",))

TICKET = NoticeItem(
    NoticeKind.NEW_TICKET,
    ticket=1042,
    tenant="Contoso Ltd",
    severity=Severity.CRITICAL,
    playbook="Phone won't register",
    steps=("Check the extension's password.", "Check that the network lets SIP out."),
    subject="All phones are dead – please help",
    sender="jo@contoso.example",
    sender_name="Jo Müller",
    verified=True,
    excerpt="Hello,\n\nsince 9:00 nobody in the office can call.\n<b>Please</b> call back!",
    call=(CallBack("+1 202 555 0123", "listed for Jo Müller"), CallBack("(202) 555-0124", "in the message")),
    held=17,
    reasons=('severity critical: "all phones" near "dead" in the subject (site-down)', "Contoso Ltd: listed domain"),
    promised_at=MONDAY_MORNING + timedelta(minutes=15),
    received_at=MONDAY_MORNING,
)
HELD = NoticeItem(
    NoticeKind.HELD,
    text="It asks for a password and cannot prove who sent it.",
    sender="director@contoso.example",
    subject="New PIN",
    verified=False,
    flags=(Flag.AUTHENTICATION_FAILED,),
    received_at=MONDAY_MORNING,
    command="mailbot quarantine show 17",
)
UNVERIFIED = NoticeItem(
    NoticeKind.REPLY,
    ticket=1043,
    subject="Hold music",
    sender="kim@new-customer.example",
    sender_name="Kim Lee",
    severity=Severity.NORMAL,
    verified=False,
    excerpt="Hi,\n\nhow do I change the music that callers hear while they wait?\nAnd can it be ours?\n\nKim",
    received_at=MONDAY_MORNING,
    promised_at=MONDAY_MORNING + timedelta(hours=4),
)
TOKEN = "t" * 39
RELAY = RelayFacts(
    MONDAY_MORNING,
    "Northwind Voice",
    replace(TICKET, held=None, reasons=()),
    TOKEN,
    readers=(Person("Jo Müller", "jo@contoso.example"), Person("", "sam@contoso.example")),
    dashboard="https://pbx.northwind.example/customers/contoso",
    steps=(
        (Piece("Check the extension's password in "), Piece("the phones", "https://pbx.northwind.example/c/phones")),
        (Piece("Check that the network lets SIP out."),),
    ),
    former=(
        Former(1017, "Second line for the front desk", is_open=True, at=MONDAY_MORNING - timedelta(days=4)),
        Former(871, "Bill of July", is_open=False, at=MONDAY_MORNING - timedelta(days=131), answered_by=("Dana",)),
    ),
    files=(Attached("router lights.jpg", 2_412_300), Attached("status.txt", 812)),
    left=(Attached("setup.exe", 1_204_000),),
    taps=taps(Mailbox("", f"support+{TOKEN}@northwind.example"), "", TOKEN, "[1042] Critical: All phones are dead"),
)
UNVERIFIED_RELAY = RelayFacts(
    MONDAY_MORNING,
    "Northwind Voice",
    UNVERIFIED,
    TOKEN,
    readers=(Person("Kim Lee", "kim@new-customer.example"),),
    taps=taps(None, "support@northwind.example", TOKEN, "[1043] (unverified) Hold music"),
    receipt=('offered to read: "How to change the music on hold"', "asked for: the extension, desk phone or app"),
)
TAKEOVER_RELAY = replace(
    RELAY,
    now=MONDAY_MORNING + timedelta(hours=6),
    item=replace(
        UNVERIFIED,
        tenant="Contoso Ltd",
        sender="jo@contoso.example",
        sender_name="Jo Müller",
        subject="New PIN for my voicemail",
        excerpt="Hi, I am on the road and cannot get in. Please set my PIN to 2580 and text it to +1 202 555 0177.",
    ),
    country="DE",
    readers=(Person("Jo Müller", "jo@contoso.example"),),
    asks_for="PIN",
    call_back=CallBack("+1 202 555 0123", "listed for Jo Müller"),
    former_of_tenant=True,
    files=(),
    steps=(),
)
ESCALATED_RELAY = replace(
    RELAY, escalated=EscalatedBy("Bob Lind", "Calls drop after ten minutes: what does a trace say?")
)
MERGED_RELAY = replace(
    RELAY,
    answered=AnsweredBy("Bob Lind", MONDAY_MORNING - timedelta(hours=1)),
    merged=(
        NoticeItem(
            NoticeKind.REPLY,
            ticket=1044,
            subject="The lines, too",
            sender="sam@contoso.example",
            sender_name="Sam",
            verified=True,
            excerpt="Hello,\n\nis it the same for the second floor?\n\nSam",
            received_at=MONDAY_MORNING,
        ),
        replace(TAKEOVER_RELAY.item, ticket=1045, asks_for="PIN", call_back=TAKEOVER_RELAY.call_back),
    ),
)
REPLY = "Hello Kim,\n\nplease upload it under Settings, Sounds.\n\nDana"
TOLD = ToldFacts(
    MONDAY_MORNING,
    "Northwind Voice",
    "t" * 39,
    "[1042] Hold music",
    "Bob Lind",
    "Kim Osei at Contoso",
    REPLY,
    MONDAY_MORNING,
)

LIST_TO = Mailbox("", f"support+{'t' * 39}@northwind.example")


def numbered(number: int) -> tuple[Tap, ...]:
    return list_taps(LIST_TO, LIST_TO.address, "t" * 39, "7 wait for an answer: 1 critical, 1 overdue", number)


WAITING = ListFacts(
    now=MONDAY_MORNING,
    brand="Northwind Voice",
    kind=ListKind.OPENING,
    lines=(
        ListLine(
            1,
            1042,
            Severity.CRITICAL,
            customer="Jo Müller",
            tenant="Contoso Ltd",
            subject="All phones are dead – please help",
            words="Hello,\n\nsince 9:00 nobody in the office can call.\n<b>Please</b> call back!",
            waiting_since=MONDAY_MORNING - timedelta(hours=11),
            due_at=MONDAY_MORNING - timedelta(hours=10, minutes=45),
            holder="Bob Lind",
            lost_by="Bob Lind",
            taps=numbered(1),
        ),
        ListLine(
            2,
            1043,
            Severity.NORMAL,
            customer="kim.the-longest-name-of-all@new-customer.example",
            subject="Hold music",
            words="Hi, how do I change the music that callers hear while they wait? " * 3,
            asks_for="reset my PIN",
            call_back="+1 202 555 0123",
            call_source="listed for Kim",
            waiting_since=MONDAY_MORNING - timedelta(hours=3),
            due_at=MONDAY_MORNING + timedelta(hours=4),
            flags=(Flag.UNVERIFIED,),
            taps=numbered(2),
        ),
        ListLine(
            3,
            1037,
            Severity.LOW,
            customer="Ann",
            tenant="Acme Dental",
            subject="",
            words="And the second thing?",
            waiting_since=MONDAY_MORNING - timedelta(days=2),
            holder="you",
            taps=numbered(3),
        ),
    ),
    token="t" * 39,
    since=MONDAY_MORNING - timedelta(hours=16),
    given=(
        GivenLine(1041, "Bob Lind", MONDAY_MORNING, "Raj Rao", "Bolt & Sons", "Caller ID", closed=True),
        GivenLine(1039, "you", MONDAY_MORNING, "Ann", "Acme Dental", "Voicemail"),
    ),
    more=4,
    more_given=1,
)
# Of the night before Monday, with an answering service on the rota.
MORNING = replace(
    WAITING,
    lines=tuple(replace(line, number=line.number + 2) for line in WAITING.lines[1:]),
    more=0,
    given=(),
    more_given=0,
    overnight=Overnight(
        MONDAY_MORNING - timedelta(hours=14),
        MONDAY_MORNING,
        (
            NightLine(
                1042,
                Severity.CRITICAL,
                "Jo Müller",
                "Contoso Ltd",
                "All phones are dead – please help",
                (
                    ("2:03 AM", "Jo Müller wrote: “since 2:00 nobody in the office can call. Please call back!”"),
                    ("2:03 AM", "Night desk was called"),
                    ("2:13 AM", "Bob Lind was called"),
                    ("2:14 AM", "Night desk spoke with the customer: “The router has no light, she restarts it.”"),
                    ("2:14 AM", "Night desk took it"),
                    ("2:31 AM", "Night desk answered: “Please leave the router off for a minute, then…”"),
                    ("2:40 AM", "Jo Müller wrote: “Still dead. What now?”"),
                ),
                number=1,
                line=WAITING.lines[0],
            ),
            NightLine(
                1045,
                Severity.CRITICAL,
                "kim.the-longest-name-of-all@new-customer.example",
                "",
                "DOWN",
                (
                    ("4:47 AM", "kim.the-longest-name-of-all@new-customer.example wrote: “DOWN! call 212 555 0177”"),
                    ("4:47 AM", "Night desk was called"),
                    ("4:57 AM", "Bob Lind was called"),
                    ("5:02 AM", "Bob Lind answered: “The trunk is up again.”"),
                    ("5:20 AM", "Bob Lind closed it"),
                ),
                closed=True,
                holder="you",
                number=2,
            ),
            NightLine(
                1046,
                Severity.HIGH,
                "Ann",
                "Acme Dental",
                "A call at night",
                (("6:15 AM", "Night desk answered: “Hello Ann, we look at your fax line at eight.”"),),
                more=3,
                holder="Bob Lind",
                number=3,
                line=replace(WAITING.lines[2], number=3, ticket=1046, waiting_since=None, holder="", taps=numbered(3)),
            ),
        ),
    ),
)
MORNING = replace(
    MORNING,
    lines=tuple(replace(line, number=number, taps=numbered(number)) for number, line in enumerate(MORNING.lines, 4)),
)
TURN = replace(
    WAITING,
    kind=ListKind.TURN,
    lines=WAITING.lines[:1],
    more=0,
    given=(),
    more_given=0,
    turn=Turn("you", MONDAY_MORNING + timedelta(days=7), "Bob Lind"),
)
LIMIT = 26_214_400
WEEK = WeekFacts(
    MONDAY_MORNING,
    "Northwind Voice",
    datetime(2026, 11, 16, 17, 0, tzinfo=UTC),
    datetime(2026, 11, 22, 17, 0, tzinfo=UTC),
    tickets=7,
    response=timedelta(minutes=42),
    in_time="86%",
    open=(OpenRequest("1042", datetime(2026, 11, 18, 15, 0, tzinfo=UTC)),),
    more=2,
    signature="Your Northwind Voice team",
    website="northwind.example",
    status_page="https://help.northwind.example/en/status.html",
)
WAITS_UNTIL = datetime(2026, 12, 12, 12, 0, tzinfo=UTC)
WAITS_US = replace(IN_HOURS, promised_at=None, waits_for=WaitsFor.CARRIER, waits_until=WAITS_UNTIL)
WAITS = replace(GERMANY, now=MONDAY_MORNING, promised_at=None, waits_for=WaitsFor.PORTING, waits_until=WAITS_UNTIL)

RUNS_OUT = replace(
    WAITING,
    kind=ListKind.DUE,
    lines=(
        WAITING.lines[0],
        replace(WAITING.lines[1], number=2),
        ListLine(
            3,
            1031,
            Severity.HIGH,
            customer="Ann",
            tenant="Acme Dental",
            subject="One phone is dead",
            words="The phone of the reception stays dark.",
            ends_at=MONDAY_MORNING + timedelta(hours=2),
            holder="you",
            taps=numbered(3),
        ),
    ),
    given=(),
    more=0,
    more_given=0,
)
ESCALATED = replace(
    RUNS_OUT,
    lines=(
        replace(
            RUNS_OUT.lines[1],
            number=1,
            severity=Severity.HIGH,
            holder="Bob Lind",
            taken=Taken("Dana Ortiz", MONDAY_MORNING - timedelta(minutes=15)),
            taps=numbered(1),
        ),
        replace(
            RUNS_OUT.lines[2],
            number=2,
            ends_at=None,
            waiting_since=MONDAY_MORNING - timedelta(minutes=40),
            due_at=MONDAY_MORNING - timedelta(minutes=4),
            holder="Dana Ortiz",
            taken=Taken("Dana Ortiz", MONDAY_MORNING - timedelta(minutes=19), alone=False),
            taps=numbered(2),
        ),
    ),
)
ANSWERED_US = replace(
    IN_HOURS,
    promised_at=None,
    answered_on=MONDAY_MORNING - timedelta(days=4),
    closes_on=MONDAY_MORNING + timedelta(days=3),
)
ANSWERED = replace(
    GERMANY, now=MONDAY_MORNING, promised_at=None, answered_on=ANSWERED_US.answered_on, closes_on=ANSWERED_US.closes_on
)

PROMISES_US = Rules(
    partner=Partner(
        brand="Northwind Voice",
        address="support@northwind.example",
        zone=ZoneInfo("America/New_York"),
        phone="+1 202 555 0100",
        emergency_number="+1 202 555 0142",
        website="northwind.example",
        status_page="https://status.northwind.example",
        manual="https://manual.northwind.example/en",
        signature="Your Northwind Voice team",
        hours=Hours(region="US"),
    ),
    agent=(Agent(id="dana", name="Dana Ortiz", addresses=("agent@northwind.example",)),),
    oncall=OnCall(rota=("dana",)),
)
TOLD_BEFORE = told(promises(PROMISES_US, None)) | {
    "high.response": "7200s",
    "hours": "",
    "emergency_number": "+1 202 555 0177",
    "phone": "",
}
PROMISES_ELSEWHERE = PROMISES_US.model_copy(
    update={
        "partner": PROMISES_US.partner.model_copy(
            update={"brand": "Büro-Telefonie Süd", "zone": ZoneInfo("Europe/Berlin"), "hours": GERMANY.hours}
            | {"emergency_number": "+49 30 555 0142", "phone": "", "signature": "", "manual": "", "country": "DE"}
        )
    }
)


def policy_of(language: str, country: str, zone: str, before: dict[str, str] | None = None) -> PolicyFacts:
    """Return what is promised to a customer there."""
    rules = PROMISES_US if country in {"US", "BR"} else PROMISES_ELSEWHERE
    customer = Tenant(id="contoso", name="Contoso", language=language, country=country, zone=ZoneInfo(zone))  # type: ignore[arg-type]
    return policy_facts(rules, customer, MONDAY_MORNING, language, before)


PEOPLE = (
    ("en", "US", "America/New_York"),
    ("de", "DE", "Europe/Berlin"),
    ("fr", "FR", "Europe/Paris"),
    ("es", "ES", "Europe/Madrid"),
    ("pt", "BR", "America/Sao_Paulo"),
)
_VOTING = begun(Mailbox("", f"support+{'t' * 39}@northwind.example"), "", "", "Re: [1042] How satisfied are you?", "")
VOTES = tuple((mark, f"{_VOTING}{mark}") for mark in range(1, 6))
CASES: dict[str, tuple[str, Facts, str, str]] = {
    "acknowledgement.en": ("customer-acknowledgement", IN_HOURS, "en", "America/New_York"),
    "acknowledgement.de": ("customer-acknowledgement", replace(GERMANY, now=MONDAY_MORNING), "de", "Europe/Berlin"),
    "acknowledgement-no-phone.en": (
        "customer-acknowledgement",
        replace(IN_HOURS, escalation_phone="", emergency_number="", promised_at=None),
        "en",
        "America/New_York",
    ),
    "acknowledgement-offers.en": (
        "customer-acknowledgement",
        replace(IN_HOURS, status_page="https://help.northwind.example/en/status.html", offer=OFFER),
        "en",
        "America/New_York",
    ),
    "acknowledgement-offers.de": (
        "customer-acknowledgement",
        replace(GERMANY, now=MONDAY_MORNING, offer=OFFER_DE),
        "de",
        "Europe/Berlin",
    ),
    "acknowledgement-port-in.en": (
        "customer-acknowledgement",
        replace(IN_HOURS, offer=PORT_IN),
        "en",
        "America/New_York",
    ),
    "after-hours-port-out.fr": ("customer-after-hours", replace(GERMANY, offer=PORT_OUT), "fr", "Europe/Paris"),
    "acknowledgement-critical.en": (
        "customer-acknowledgement",
        replace(IN_HOURS, critical=True, promised_at=MONDAY_MORNING + timedelta(minutes=15)),
        "en",
        "America/New_York",
    ),
    "acknowledgement-several.en": (
        "customer-acknowledgement",
        replace(IN_HOURS, companies=("Acme Dental", "Bolt & Sons")),
        "en",
        "America/New_York",
    ),
    "acknowledgement-known.en": (
        "customer-acknowledgement",
        replace(IN_HOURS, promised_at=None, known="Calls to mobile phones fail", known_at=IN_HOURS.now),
        "en",
        "America/New_York",
    ),
    "emergency-known.de": (
        "customer-emergency",
        replace(US, promised_at=None, critical=True, country="DE", known="Anrufe schlagen fehl", known_at=US.now),
        "de",
        "Europe/Berlin",
    ),
    "after-hours.en": ("customer-after-hours", US, "en", "America/New_York"),
    "after-hours-other-zone.en": ("customer-after-hours", replace(US, name_zone=True), "en", "America/New_York"),
    "after-hours.de": ("customer-after-hours", GERMANY, "de", "Europe/Berlin"),
    "after-hours.fr": ("customer-after-hours", replace(GERMANY, country="FR"), "fr", "Europe/Paris"),
    "after-hours.es": ("customer-after-hours", replace(US, country="MX"), "es", "America/Mexico_City"),
    "after-hours.pt": ("customer-after-hours", replace(US, country="BR"), "pt", "America/Sao_Paulo"),
    "emergency.en": ("customer-emergency", URGENT_US, "en", "America/New_York"),
    "emergency.de": ("customer-emergency", URGENT_GERMANY, "de", "Europe/Berlin"),
    "emergency.fr": ("customer-emergency", replace(URGENT_GERMANY, country="FR"), "fr", "Europe/Paris"),
    "emergency.es": ("customer-emergency", replace(URGENT_GERMANY, country="ES"), "es", "Europe/Madrid"),
    "emergency.pt": ("customer-emergency", replace(URGENT_US, country="BR"), "pt", "America/Sao_Paulo"),
    "emergency-no-number.en": ("customer-emergency", replace(URGENT_US, emergency_number=""), "en", "America/New_York"),
    "too-large.en": ("customer-acknowledgement", replace(IN_HOURS, size_limit=LIMIT), "en", "America/New_York"),
    "too-large.fr": ("customer-after-hours", replace(GERMANY, country="FR", size_limit=LIMIT), "fr", "Europe/Paris"),
    "waiting.en": ("customer-waiting", WAITS_US, "en", "America/New_York"),
    "waiting-other.en": ("customer-waiting", replace(WAITS_US, waits_for=None), "en", "America/New_York"),
    "waiting.de": ("customer-waiting", WAITS, "de", "Europe/Berlin"),
    "waiting.fr": ("customer-waiting", replace(WAITS, country="FR"), "fr", "Europe/Paris"),
    "waiting.es": ("customer-waiting", replace(WAITS, country="ES"), "es", "Europe/Madrid"),
    "waiting.pt": ("customer-waiting", replace(WAITS_US, country="BR"), "pt", "America/Sao_Paulo"),
    "reminder.en": ("customer-reminder", ANSWERED_US, "en", "America/New_York"),
    "reminder-open.en": ("customer-reminder", replace(ANSWERED_US, closes_on=None), "en", "America/New_York"),
    "reminder.de": ("customer-reminder", ANSWERED, "de", "Europe/Berlin"),
    "reminder.fr": ("customer-reminder", replace(ANSWERED, country="FR"), "fr", "Europe/Paris"),
    "reminder.es": ("customer-reminder", replace(ANSWERED, country="ES"), "es", "Europe/Madrid"),
    "reminder.pt": ("customer-reminder", replace(ANSWERED_US, country="BR"), "pt", "America/Sao_Paulo"),
    "seen.en": ("customer-seen", replace(URGENT_US, promised_at=None, seen_by="Dana Ortiz"), "en", "America/New_York"),
    "seen-no-number.en": (
        "customer-seen",
        replace(URGENT_US, promised_at=None, seen_by="Dana Ortiz", emergency_number=""),
        "en",
        "America/New_York",
    ),
    "seen.de": ("customer-seen", SEEN, "de", "Europe/Berlin"),
    "seen.fr": ("customer-seen", replace(SEEN, country="FR"), "fr", "Europe/Paris"),
    "seen.es": ("customer-seen", replace(SEEN, country="ES"), "es", "Europe/Madrid"),
    "seen.pt": (
        "customer-seen",
        replace(URGENT_US, promised_at=None, seen_by="Dana Ortiz", country="BR"),
        "pt",
        "America/Sao_Paulo",
    ),
    "survey.en": (
        "customer-survey",
        replace(IN_HOURS, promised_at=None, votes=VOTES, opened_on=MONDAY_MORNING - timedelta(days=4)),
        "en",
        "America/New_York",
    ),
    "survey.de": (
        "customer-survey",
        replace(GERMANY, promised_at=None, votes=VOTES, opened_on=MONDAY_MORNING - timedelta(days=4)),
        "de",
        "Europe/Berlin",
    ),
    "survey.fr": (
        "customer-survey",
        replace(GERMANY, promised_at=None, country="FR", votes=VOTES, opened_on=MONDAY_MORNING - timedelta(days=4)),
        "fr",
        "Europe/Paris",
    ),
    "survey.es": (
        "customer-survey",
        replace(GERMANY, promised_at=None, country="ES", votes=VOTES, opened_on=MONDAY_MORNING - timedelta(days=4)),
        "es",
        "Europe/Madrid",
    ),
    "survey.pt": (
        "customer-survey",
        replace(IN_HOURS, promised_at=None, country="BR", votes=VOTES, opened_on=MONDAY_MORNING - timedelta(days=4)),
        "pt",
        "America/Sao_Paulo",
    ),
    "page": ("team-page", PAGED, "en", "America/New_York"),
    "page-seen": (
        "team-page",
        replace(PAGED, kind="seen", text="Contoso Ltd: Dana Ortiz has seen it", ok=""),
        "en",
        "America/New_York",
    ),
    "notice-ticket": (
        "team-notice",
        NoticeFacts(MONDAY_MORNING, "Northwind Voice", (TICKET,)),
        "en",
        "America/New_York",
    ),
    "notice-many": (
        "team-notice",
        NoticeFacts(
            MONDAY_MORNING,
            "Northwind Voice",
            (TICKET, HELD, replace(HELD, kind=NoticeKind.QUARANTINED)),
            place="/srv/desk on desk1.northwind.example",
        ),
        "en",
        "America/New_York",
    ),
    "relay": ("team-relay", RELAY, "en", "America/New_York"),
    "relay-unverified": ("team-relay", UNVERIFIED_RELAY, "en", "America/New_York"),
    "relay-takeover": ("team-relay", TAKEOVER_RELAY, "en", "Europe/Berlin"),
    "relay-escalated": ("team-relay", ESCALATED_RELAY, "en", "America/New_York"),
    "relay-merged": ("team-relay", MERGED_RELAY, "en", "America/New_York"),
    "list": ("team-list", WAITING, "en", "America/New_York"),
    "list-morning": ("team-list", MORNING, "en", "America/New_York"),
    "list-turn": ("team-list", TURN, "en", "America/New_York"),
    "list-runs-out": ("team-list", RUNS_OUT, "en", "America/New_York"),
    "list-escalated": ("team-list", ESCALATED, "en", "America/New_York"),
    "ask": (
        "team-ask",
        AskFacts(
            MONDAY_MORNING,
            "Northwind Voice",
            "nothing proves that it comes from your address",
            REPLY,
            "t" * 39,
            ticket=AskedTicket(1043, "Hold music", "Kim Lee (kim@new-customer.example)"),
            doing=("#close: close the ticket", "your words go to kim@new-customer.example"),
            links=(
                ("Yes", "mailto:support+t@northwind.example?subject=Re%3A%20yes&body=yes"),
                ("No, drop it", "mailto:support+t@northwind.example?subject=Re%3A%20no&body=no"),
            ),
        ),
        "en",
        "America/New_York",
    ),
    "ask-beside": (
        "team-ask",
        AskFacts(
            MONDAY_MORNING,
            "Northwind Voice",
            "another of you has answered meanwhile",
            "Hello Kim,\n\njust leave the old music.\n\nDana",
            "t" * 39,
            beside=("Bob Lind answered at 10:02 AM", REPLY),
            doing=("your words go to kim@contoso.example",),
        ),
        "en",
        "America/New_York",
    ),
    "ask-vote": (
        "team-ask",
        AskFacts(
            MONDAY_MORNING,
            "Northwind Voice",
            "Kim Lee at Contoso Ltd votes 2 of 5",
            told=(
                "Kim Lee at Contoso Ltd votes 2 of 5 for how #1042 was solved.",
                'To open the ticket again, reply to this mail with "reopen". The customer gets nothing by that.',
                'To answer them, reply with "#show": it sends you their message, and a reply to that one reaches them.',
            ),
            title="Not satisfied: 2 of 5",
            ticket=AskedTicket(
                1042, "No outbound calls since this morning", "Kim Lee (kim@contoso.example) at Contoso"
            ),
            shows=("Kim Lee wrote", "It took two hours until somebody called me back, and nobody said why."),
            links=(("Reopen", "mailto:support+t@northwind.example?subject=Re%3A%20Not%20satisfied&body=%23reopen"),),
        ),
        "en",
        "America/New_York",
    ),
    "why": (
        "team-ask",
        AskFacts(
            MONDAY_MORNING,
            "Northwind Voice",
            "Why #1042 is as it is",
            told=("This is what happened, and why.",),
            title="Why it is as it is",
            ticket=AskedTicket(1042, "Phones", "Kim Osei (kim@contoso.example) at Contoso"),
            days=(
                Day(
                    "Fri, Nov 20",
                    (
                        Happening(
                            "5:10 PM",
                            "Kim Osei (kim@contoso.example) wrote: Phones",
                            (
                                "Its sender is proven (dmarc=pass for contoso.example).",
                                "kim@contoso.example belongs to Contoso.",
                                'Taken for critical because it says "no dial tone on any phone" (rule plainly-down).',
                                "It came 3 hours after it was written.",
                            ),
                        ),
                        Happening("5:10 PM", "The emergency answer to kim@contoso.example left"),
                        Happening("5:10 PM", "The customer's message to Dana Ortiz and Bob Lind left"),
                        Happening("5:14 PM", "Dana Ortiz answered: We look into it."),
                        Happening("5:14 PM", "The answer to kim@contoso.example left"),
                    ),
                ),
                Day("Mon, Nov 23", (Happening("9:02 AM", "Somebody at the server: severity is now normal"),)),
            ),
        ),
        "en",
        "America/New_York",
    ),
    "returned": (
        "team-returned",
        ReturnedFacts(
            MONDAY_MORNING,
            "Northwind Voice",
            "t" * 39,
            "[1042] Hold music",
            "Kim Osei at Contoso",
            "kim@contoso.example",
            "there is no such address",
            "Ask for the right address by telephone.",
            "550 5.1.1 <kim@contoso.example>: Recipient address rejected: User unknown",
            REPLY,
        ),
        "en",
        "America/New_York",
    ),
    "told": (
        "team-told",
        TOLD,
        "en",
        "America/New_York",
    ),
    "told-returned": (
        "team-told",
        replace(TOLD, lost=(("kim@contoso.example", "there is no such address"),), again=True, waits=True),
        "en",
        "America/New_York",
    ),
    "unread": (
        "team-ask",
        AskFacts(
            MONDAY_MORNING,
            "Northwind Voice",
            "not all of it could be read",
            "#colse\nHello Kim,\n\nit works again.",
            "t" * 39,
            told=(
                "I could not read all of your mail, so nothing of it was done, and the customer got nothing.",
                "",
                "✗ #colse: this is no command. Did you mean #close?",
                "",
                "Please write it again with the right words; #help sends you all of them.",
            ),
        ),
        "en",
        "America/New_York",
    ),
    **{
        f"week.{language}": ("customer-week", replace(WEEK, country=country), language, zone)
        for language, country, zone in PEOPLE
    },
    **{
        f"policy.{language}": ("customer-policy", policy_of(language, country, zone), language, zone)
        for language, country, zone in PEOPLE
    },
    "policy-news.en": ("customer-policy", policy_of(*PEOPLE[0], TOLD_BEFORE), "en", "America/New_York"),
    "policy-news.fr": ("customer-policy", policy_of(*PEOPLE[2], TOLD_BEFORE), "fr", "Europe/Paris"),
    "week-quiet.en": ("customer-week", replace(WEEK, tickets=0, open=(), more=0), "en", "America/New_York"),
    "digest": ("team-digest", a_week.week(), "en", "America/New_York"),
    "digest-few": ("team-digest", a_week.week(3), "en", "America/New_York"),
    **vendors.CASES,
    **incidents.CASES,
    "unsent": (
        "team-ask",
        AskFacts(MONDAY_MORNING, "Northwind Voice", "your new words cannot be told from what you quote"),
        "en",
        "America/New_York",
    ),
}


def whole_mail(name: str) -> bytes:
    template, facts, language, zone = CASES[name]
    texts = render(TEMPLATES, template, facts, language, ZoneInfo(zone))
    to_customer, to_vendor = template.startswith("customer-"), template.startswith("vendor-")
    reader = "jo@contoso.example" if to_customer else "noc@carrier.example" if to_vendor else "agent@northwind.example"
    return compose(
        OutgoingMail(
            from_=Mailbox(f"{facts.brand} Support", "support@northwind.example"),
            to=Mailbox("", reader),
            content=content_of(texts.subject, texts.text, texts.html),
            message_id=f"t7f3k9.{name}@northwind.example",
            date=facts.now,
            in_reply_to="question-1@contoso.example" if to_customer else None,
            references=("question-1@contoso.example",) if to_customer else (),
            reply_to=Mailbox("", "support+t7f3k9@northwind.example") if to_customer else None,
            language=language,
            auto_submitted=None if to_vendor else "auto-replied" if to_customer else "auto-generated",
        )
    )


@pytest.mark.parametrize("name", CASES)
def test_the_mail_is_the_one_that_was_reviewed(name: str) -> None:
    path = FOLDER / f"{name}.eml"
    octets = whole_mail(name)
    WATCH.keep_inside(["agent@northwind.example"])
    WATCH.left([email.message_from_bytes(octets)["To"]], "", octets)
    if os.environ.get("GOLDEN") == "write":
        path.write_bytes(octets)
    reviewed = path.read_bytes()
    # Decoded first: a difference in words is easier to read there than in quoted-printable.
    assert readable(octets) == readable(reviewed)
    assert octets == reviewed


def test_every_reviewed_mail_is_still_written() -> None:
    assert {path.stem for path in FOLDER.glob("*.eml")} == set(CASES)


@pytest.mark.parametrize("person", PEOPLE, ids=[language for language, *_ in PEOPLE])
def test_the_page_is_the_one_that_was_reviewed(person: tuple[str, str, str]) -> None:
    language, _, zone = person
    page = web_page(TEMPLATES, "policy-page", policy_of(*person), language, ZoneInfo(zone)).html
    WATCH.keep_inside(["agent@northwind.example"])
    WATCH.left(["jo@contoso.example"], "", page.encode())
    path = FOLDER / f"policy.{language}.html"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(page, encoding="utf-8")
    assert page == path.read_text(encoding="utf-8")


def readable(octets: bytes) -> list[str]:
    message = email.message_from_bytes(octets)
    lines = [f"{name}: {value}" for name, value in message.items()]
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            lines += payload.decode("utf-8").splitlines()
    return lines
