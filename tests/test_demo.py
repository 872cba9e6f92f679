"""What a newcomer sees in `mailbot demo`, and what its folder holds afterwards."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mailbot.cli import app
from mailbot.deciding.effects import EntryKind, EventKind
from mailbot.deciding.understanding import understand
from mailbot.demo import Demo, Happening, Listed, Ordered
from mailbot.errors import StoreBusy
from mailbot.reading.model import Border, Envelope
from mailbot.service.folder import looking
from mailbot.store import queries
from mailbot.store.lock import FolderLock
from mailbot.store.views import TicketView

PARTNER = "harborvoice"


@dataclass(frozen=True)
class Played:
    """A demo that is over."""

    demo: Demo
    happened: tuple[Happening, ...]
    ordered: tuple[Ordered, ...]
    tickets: tuple[TicketView, ...]
    mails: tuple[Listed, ...]

    @property
    def to_customers(self) -> tuple[Listed, ...]:
        return tuple(mail for mail in self.mails if not mail.for_team)

    def ticket(self, file: str) -> TicketView:
        """Return the ticket that the first sample of that name ended in."""
        number = next(one.processed.ticket for one in self.happened if one.sample.file == file)
        return next(ticket for ticket in self.tickets if ticket.id == number)

    def detail(self, file: str) -> queries.TicketDetail:
        with looking(self.demo.folder) as conn:
            found = queries.ticket(conn, PARTNER, self.ticket(file).id)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    demo = Demo(tmp_path_factory.mktemp("newcomer") / "demo")
    played = [one for _, in_scene in demo.play() for one in in_scene]
    happened = tuple(one for one in played if isinstance(one, Happening))
    ordered = tuple(one for one in played if isinstance(one, Ordered))
    return Played(demo, happened, ordered, demo.tickets(), tuple(demo.mails()))


def test_every_reason_quotes_in_one_way(played: Played) -> None:
    reasons = [reason.text for one in played.happened for reason in one.processed.decision.reasons]
    for path in (Path(__file__).parent / "corpus").glob("*.eml"):
        understood = understand(path.read_bytes(), Envelope(), Border(), played.demo.rules)
        reasons += [*understood.message.automatic.reasons, *understood.message.authentication.reasons]
    assert sum('"' in reason for reason in reasons) > 10
    outside = [re.sub('"[^"]*"', "", reason) for reason in reasons]
    assert not [
        reason for reason in outside if re.search(r"(?<!\w)'[^']*'(?!\w)|[\u2018\u201c-\u201f\u00ab\u00bb`]", reason)
    ]
    assert not [reason for reason in outside if '"' in reason], "what is quoted ends"


TICKETS = [
    # the mail that opened it, its tenant, severity at the end and playbook
    ("hotel-phones-down", "northpier", "critical", None),
    ("german-phone-offline", "elbe-logistik", "high", "phone_registration"),
    ("stranger", None, "normal", None),
    ("forged", "bayside-dental", "normal", None),
    ("vet-holiday-greeting", "maple-vet", "critical", None),  # risen by the reply DOWN
    ("lawyers-no-outbound", "quill-law", "high", "outbound_calls"),
    ("french-caller-id", "garonne", "normal", "caller_id_name"),
    ("spanish-voicemail", "mirasol", "high", "voicemail_email"),
    ("freight-port-in", "pacific-crate", "normal", "port_in"),
    ("clinics-wish", "mesa-clinics", "low", None),
    ("studio-port-out", "harrow-lane", "normal", "port_out"),
    ("prospect", None, "normal", None),
    ("dental-main-number", "bayside-dental", "critical", None),
    ("hotel-mobiles", "northpier", "critical", None),
    ("clinics-mobiles", "mesa-clinics", "critical", None),
    ("crate-mobiles", "pacific-crate", "critical", "outbound_calls"),
    ("mirasol-mobiles", "mirasol", "critical", None),
    ("studio-mobiles", "harrow-lane", "high", "outbound_calls"),
]
AT_THE_MOBILES = (
    "frontdesk@northpier.example",
    "lupe.ortiz@mesaverde.example",
    "andre@pacificcrate.example",
    "ivan@talleresmirasol.example",
)


def test_the_log_holds_one_ticket_for_each_matter(played: Played) -> None:
    assert len(played.tickets) == len(TICKETS)
    assert len({ticket.id for ticket in played.tickets}) == len(TICKETS)


@pytest.mark.parametrize(("file", "tenant", "severity", "playbook"), TICKETS, ids=[row[0] for row in TICKETS])
def test_a_ticket_has_its_customer_severity_and_topic(
    played: Played, file: str, tenant: str | None, severity: str, playbook: str | None
) -> None:
    ticket = played.ticket(file)
    assert (ticket.tenant, str(ticket.severity), ticket.playbook) == (tenant, severity, playbook)


def test_exactly_these_senders_are_answered(played: Played) -> None:
    assert [(mail.sent.recipient, mail.kind) for mail in played.to_customers] == [
        ("dana@northpier.example", "emergency"),
        ("preissler@elbe-logistik.example", "after-hours"),
        ("frontdesk@maplestreetvet.example", "after-hours"),
        ("frontdesk@maplestreetvet.example", "emergency"),
        ("t.marsh@quillandsons.example", "acknowledgement"),
        ("helene@atelier-garonne.example", "acknowledgement"),
        ("ivan@talleresmirasol.example", "acknowledgement"),
        ("andre@pacificcrate.example", "acknowledgement"),
        ("lupe.ortiz@mesaverde.example", "acknowledgement"),
        ("imogen@harrowlane.example", "acknowledgement"),
        ("otis@lanternbakery.example", "acknowledgement"),
        ("reception@bayside-dental.example", "acknowledgement"),
        *((address, "acknowledgement") for address in AT_THE_MOBILES),
        *((address, "reply") for address in AT_THE_MOBILES),
        ("imogen@harrowlane.example", "acknowledgement"),
        *((address, "reply") for address in (*AT_THE_MOBILES, "imogen@harrowlane.example")),
        ("lupe.ortiz@mesaverde.example", "survey"),
    ]


def test_who_is_well_again_ends_the_ticket_and_votes(played: Played) -> None:
    ticket = played.detail("clinics-mobiles").ticket
    assert (str(ticket.state), played.detail("clinics-mobiles").entries[-1].reply_text) == (
        "closed",
        "5\nYou knew before we did.",
    )
    with looking(played.demo.folder) as conn:
        assert conn.exec_driver_sql("SELECT vote FROM ticket WHERE id = ?", (ticket.id,)).scalar() == 5


def test_what_an_agent_types_is_done_and_answered(played: Played) -> None:
    assert [(f"{one.at:%H:%M}", one.answer) for one in played.ordered] == [
        ("11:16", "incident 1, “Calls to mobile phones fail”, is open: 4 people are told, each alone"),
        ("11:58", "incident 1, “Calls to mobile phones fail”, is over: 5 people are told, each alone"),
    ]


def test_the_radar_names_the_four_before_the_incident_is_open(played: Played) -> None:
    [radar] = [mail for mail in played.mails if mail.for_team and "trouble of several" in mail.sent.subject]
    assert f"{radar.at:%H:%M}" < "11:16"


def test_the_status_page_has_what_is_over(played: Played) -> None:
    page = (played.demo.folder / "site" / "en" / "status.html").read_text()
    assert "All is well" in page
    assert "Calls to mobile phones fail" in page


def test_an_answer_goes_out_at_the_minute_of_its_mail(played: Played) -> None:
    answers = {f"{mail.at:%H:%M}" for mail in played.to_customers if mail.kind not in {"reply", "survey"}}
    assert answers <= {f"{one.sample.at:%H:%M}" for one in played.happened}


@pytest.mark.parametrize(
    ("recipient", "number"),
    [
        ("dana@northpier.example", "+1 617 555 0111"),
        # the vet has no number of its own and is told the partner's
        ("frontdesk@maplestreetvet.example", "+1 617 555 0199"),
    ],
)
def test_the_emergency_number_is_the_first_thing_in_the_subject(played: Played, recipient: str, number: str) -> None:
    [mail] = [mail for mail in played.to_customers if mail.kind == "emergency" and mail.sent.recipient == recipient]
    assert mail.sent.subject.startswith(number)
    assert mail.sent.part("plain").startswith(number)


@pytest.mark.parametrize(
    ("recipient", "language"),
    [
        ("dana@northpier.example", "en"),
        ("preissler@elbe-logistik.example", "de"),
        ("helene@atelier-garonne.example", "fr"),
        ("ivan@talleresmirasol.example", "es"),
    ],
)
def test_each_customer_is_answered_in_its_language(played: Played, recipient: str, language: str) -> None:
    mail = next(mail for mail in played.to_customers if mail.sent.recipient == recipient)
    assert mail.sent.mail["Content-Language"] == language


def test_a_promise_is_told_in_the_customers_own_time(played: Played) -> None:
    """Four hours from 09:09 in New York end at 19:09 in Paris."""
    [mail] = [mail for mail in played.to_customers if mail.sent.recipient == "helene@atelier-garonne.example"]
    assert "19:09" in mail.sent.subject


def test_opening_hours_kept_elsewhere_say_where(played: Played) -> None:
    [mail] = [mail for mail in played.to_customers if mail.sent.recipient == "preissler@elbe-logistik.example"]
    assert "New York" in mail.sent.part("plain")
    assert "15:00" in mail.sent.subject  # nine o'clock in New York


@pytest.mark.parametrize("file", ["newsletter", "stranger", "forged", "out-of-office", "bounce"])
def test_machines_strangers_and_forgers_get_nothing(played: Played, file: str) -> None:
    [one] = [one for one in played.happened if one.sample.file == file]
    assert one.why_no_answer
    with looking(played.demo.folder) as conn:
        mails = [mail for mail in queries.outbox(conn, PARTNER) if mail.entry_id == one.processed.entry]
    assert not [mail for mail in mails if mail.audience == "customer"]


def test_the_forger_is_shown_as_one(played: Played) -> None:
    assert "authentication-failed" in played.ticket("forged").flags


def test_the_newsletter_is_filed_without_a_ticket(played: Played) -> None:
    with looking(played.demo.folder) as conn:
        assert [(entry.event, entry.from_address) for entry in queries.events(conn, PARTNER)] == [
            (EventKind.AUTOMATIC, "news@telecomweekly.example")
        ]


def test_the_same_mail_twice_is_one_entry(played: Played) -> None:
    first, second = (one.processed for one in played.happened if one.sample.file == "hotel-phones-down")
    assert first.entry == second.entry
    detail = played.detail("hotel-phones-down")
    assert [entry.kind for entry in detail.entries].count(EntryKind.CUSTOMER) == 1
    assert [arrival.entry_id for arrival in detail.arrivals].count(first.entry) == 2


def test_the_out_of_office_note_is_kept_with_the_ticket_it_answers(played: Played) -> None:
    assert EntryKind.AUTOMATIC in [entry.kind for entry in played.detail("hotel-phones-down").entries]


def test_the_reply_down_raises_the_ticket_it_answers(played: Played) -> None:
    [reply] = [one for one in played.happened if one.sample.file == "vet-down"]
    ticket = played.ticket("vet-holiday-greeting")
    assert reply.processed.ticket == ticket.id
    assert ticket.response_due_at is not None
    assert (ticket.response_due_at - reply.sample.at).total_seconds() == 15 * 60


def test_the_bounce_is_tied_to_the_mail_that_came_back(played: Played) -> None:
    [returned] = [mail for mail in played.mails if mail.returned]
    assert returned.sent.recipient == "otis@lanternbakery.example"
    assert "mailbox is full" in returned.returned
    assert EntryKind.BOUNCE in [entry.kind for entry in played.detail("prospect").entries]


def test_a_broken_charset_is_read_as_it_was_meant(played: Played) -> None:
    [entry] = [entry for entry in played.detail("freight-port-in").entries if entry.kind is EntryKind.CUSTOMER]
    assert "we’d like to port a number" in entry.reply_text
    assert entry.from_name == "André Fontaine"


def test_mail_comes_by_smtp_with_its_envelope(played: Played) -> None:
    by_file = {one.sample.file: one.processed.entry for one in played.happened}
    arrivals = [a for file in ("prospect", "freight-port-in") for a in played.detail(file).arrivals]
    seen = {arrival.entry_id: (arrival.source, arrival.reverse_path, arrival.recipients) for arrival in arrivals}
    assert seen[by_file["bounce"]] == ("smtp", "", ("support@harborvoice.example",))
    assert seen[by_file["freight-port-in"]] == (
        "smtp",
        "andre@pacificcrate.example",
        ("freight-desk@harborvoice.example",),
    )


def test_the_team_is_told_of_every_ticket(played: Played) -> None:
    told = " ".join(mail.sent.part("plain") for mail in played.mails if mail.kind == "notice")
    assert {ticket.id for ticket in played.tickets} <= {int(number) for number in re.findall(r"\b\d{4}\b", told)}


def test_every_mail_lies_there_to_be_opened(played: Played) -> None:
    folder = played.demo.folder / "sent"
    page = (folder / "index.html").read_text("utf-8")
    linked = set(re.findall(r'href="([^"]+)"', page))
    assert linked == {path.name for path in folder.iterdir()} - {"index.html"}
    assert re.findall(r"<time .*?>\w{3} \d\d:\d\d (\w+)</time>", page) == ["EST"] * len(played.mails)
    for mail in played.mails:
        kept = message_from_bytes((folder / mail.sent.eml).read_bytes(), policy=default)
        assert kept["Subject"] == mail.sent.subject
        assert kept["Return-Path"] == ("<support@harborvoice.example>" if mail.kind == "reply" else "<>")
        assert mail.sent.part("html") in (folder / mail.sent.html).read_text("utf-8")
        assert mail.sent.part("plain").strip()


def test_every_page_that_a_mail_to_customers_leads_to_is_there(played: Played) -> None:
    said = " ".join(mail.sent.part("plain") for mail in played.to_customers)
    led = set(re.findall(r"https://help\.harborvoice\.example/(\S+)", said))
    assert {page.split("/")[1] for page in led} == {"articles", "status.html"}
    assert [page for page in led if not (played.demo.folder / "site" / page).is_file()] == []


def test_on_monday_the_team_learns_how_the_week_was(played: Played) -> None:
    [digest] = [mail for mail in played.mails if mail.kind == "digest"]
    assert (f"{digest.at:%a %H:%M}", digest.sent.subject) == ("Mon 08:00", "Week 47: 5 tickets, 2 late")


def test_no_customer_learns_which_software_answers(played: Played) -> None:
    for mail in played.to_customers:
        words = b" ".join([mail.sent.raw, mail.sent.part("plain").encode(), mail.sent.part("html").encode()])
        assert b"mailbot" not in words.lower()


def test_what_was_received_lies_there_octet_for_octet(played: Played) -> None:
    files = sorted((played.demo.folder / "received").iterdir())
    assert len(files) == len(played.happened)
    # the two copies of the hotel's mail
    assert files[0].read_bytes() == files[2].read_bytes()


def test_the_command_fits_80_columns_and_what_it_recommends_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(app, ["demo"], catch_exceptions=False)
    result = CliRunner().invoke(app, ["demo"], catch_exceptions=False)  # takes the place of the first
    assert result.exit_code == 0, result.output
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "\x1b" not in result.stdout
    for words in ("Saturday 23:40", "Monday 09:05", "The ticket log", "Not answered", "Why", "Mail that left"):
        assert words in result.stdout
    flat = " ".join(result.stdout.split())
    for topic in ("outbound calls", "voicemail email", "caller id name", "phone registration", "port in", "port out"):
        assert f"{topic} #" in flat
    assert (tmp_path / "demo/sent/index.html").exists()
    recommended = re.findall(r"^ +mailbot (.+)$", result.stdout, re.MULTILINE)
    assert recommended
    for command in recommended:
        further = CliRunner().invoke(app, command.split(), catch_exceptions=False)
        assert further.exit_code == 0, further.output
        assert "thanksg" in further.stdout.lower()


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _somebody_elses(folder: Path) -> None:
    folder.mkdir()
    (folder / "rules.toml").write_text('[partner]\nbrand = "Mine"\n')


def _changed_rules(folder: Path) -> None:
    Demo(folder)
    (folder / "rules.toml").write_text("# mine now\n")


def _something_added(folder: Path) -> None:
    Demo(folder)
    (folder / "notes.txt").write_text("keep")


def _a_file(folder: Path) -> None:
    folder.write_text("a file")


@pytest.mark.parametrize("make", [_somebody_elses, _changed_rules, _something_added, _a_file])
def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "demo")
    before = _files(tmp_path)
    result = CliRunner().invoke(app, ["demo", "--into", str(tmp_path / "demo")])
    assert result.exit_code != 0
    assert "--into" in str(result.exception)
    assert _files(tmp_path) == before


def test_a_demo_that_runs_as_a_desk_is_not_replaced(tmp_path: Path) -> None:
    Demo(tmp_path / "demo")
    with FolderLock(tmp_path / "demo" / "data"), pytest.raises(StoreBusy):
        Demo(tmp_path / "demo")


def test_where_nothing_can_be_written_the_demo_goes_to_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    # nobody can make a folder there, not even root
    result = CliRunner().invoke(app, ["-C", "/proc", "demo"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    [made] = tmp_path.glob("mailbot-demo-*")
    assert (made / "sent" / "index.html").exists()
    assert f"mailbot -C {made} tickets" in result.stdout


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["demo", "--into", "/proc/demo"])
    assert result.exit_code == 69
    assert "/proc/demo" in result.stderr
    assert not list(tmp_path.iterdir())
