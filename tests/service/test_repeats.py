"""Systems that write the same again and again: one ticket with a count; told at first, hourly, on recovery."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.deciding.effects import FileEvent, JoinTicket, OpenTicket, Quarantine
from mailbot.desk.process import Processed
from tests.service.office import RULES, Office, mail, office

MONITOR = "alerts@monitor.example"
JANE = "Jane Park <jane@acme-dental.example>"
GENERATED = ("Auto-Submitted: auto-generated",)
KNOWN = """
[[system]]
id = "backups"
addresses = ["box@nas.example"]
words = ["completed"]
opens = "nothing"
[[system]]
id = "trunks"
name = "Trunk monitor"
addresses = ["box@nas.example"]
words = ["trunk"]
opens = "critical"
tenant = "acme"
recovered = ["line carries calls"]
[[system]]
id = "box"
addresses = ["box@nas.example"]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path / "desk", rules=RULES + KNOWN) as here:
        yield here


def alert(
    desk: Office,
    subject: str,
    text: str = "Checked from Dallas. Response: none. Value 17.",
    *,
    sender: str = MONITOR,
    fields: tuple[str, ...] = GENERATED,
    verdict: str = "pass",
) -> Processed:
    """Let a monitor write; each of its mails has an id of its own."""
    number = desk.one("SELECT count(*) FROM arrival")
    return desk.receive(
        mail(sender, text, subject=subject, verdict=verdict, fields=fields, message_id=f"{number}@monitor.example")
    )


def headlines(desk: Office) -> list[str]:
    """Return the subjects of what our people were told."""
    return [str(notice.mail["Subject"]) for notice in desk.notices]


def test_an_hour_of_alerts_is_one_ticket_with_a_count_told_at_first_and_hourly(desk: Office) -> None:
    first = alert(desk, "PROBLEM: web1 HTTP is DOWN (0 min)")
    assert isinstance(first.decision.place, OpenTicket)
    for minute in range(1, 130):
        desk.let_pass(timedelta(minutes=1))
        assert alert(desk, f"PROBLEM: web1 HTTP is DOWN ({minute} min)").ticket == first.ticket
    assert desk.rows("SELECT id, times FROM ticket") == [(first.ticket, 130)]
    assert desk.one("SELECT count(*) FROM entry WHERE kind = 'automatic'") == 130
    desk.let_pass(timedelta(hours=1))
    told = desk.rows("SELECT kind, text FROM notice ORDER BY id")
    assert [kind for kind, _ in told] == ["new-ticket", "repeated", "repeated"]
    assert told[1][1] == "It has come 61 times in 1 hour."
    assert told[2][1] == "It has come 121 times in 2 hours."
    assert not desk.answers


def test_recovery_is_told_and_closes_what_nobody_of_us_answered(desk: Office) -> None:
    first = alert(desk, "** PROBLEM Service Alert: pbx/SIP is CRITICAL **")
    desk.let_pass(timedelta(minutes=9))
    alert(desk, "** PROBLEM Service Alert: pbx/SIP is CRITICAL **")
    desk.let_pass(timedelta(minutes=3))
    done = alert(desk, "** RECOVERY Service Alert: pbx/SIP is OK **")
    assert done.ticket == first.ticket
    assert desk.rows("SELECT state, times FROM ticket") == [("closed", 2)]
    desk.let_pass(timedelta(minutes=5))
    assert any("reports that it works again" in told for told in headlines(desk))
    assert "After 12 minutes and 2 messages: #1001 is closed" in desk.notices[-1].text


def test_what_one_of_us_answered_stays_open(desk: Office) -> None:
    first = alert(desk, "Monitor is DOWN: pbx.acme-dental.example")
    assert first.ticket is not None
    desk.answer(first.ticket)
    desk.let_pass(timedelta(minutes=3))
    alert(desk, "Monitor is UP: pbx.acme-dental.example")
    assert desk.one("SELECT state FROM ticket WHERE id = ?", first.ticket) == "open"
    desk.let_pass(timedelta(minutes=5))
    assert any("works again" in told for told in headlines(desk))
    assert "stays open, since one of you has answered it" in desk.notices[-1].text


def test_one_of_two_that_recovers_leaves_the_ticket_open(desk: Office) -> None:
    first = alert(desk, "Extension 101 unregistered")
    assert alert(desk, "Extension 102 unregistered").ticket == first.ticket
    alert(desk, "Extension 101 registered")
    assert desk.one("SELECT state FROM ticket") == "open"
    desk.let_pass(timedelta(minutes=5))
    assert "one other thing is still not well" in desk.notices[-1].text
    alert(desk, "Extension 102 registered")
    assert desk.one("SELECT state FROM ticket") == "closed"


def test_what_is_back_soon_opens_its_ticket_again_and_later_makes_a_linked_one(desk: Office) -> None:
    first = alert(desk, "[FIRING:1] TrunkErrors (sip prod)")
    alert(desk, "[RESOLVED] TrunkErrors (sip prod)")
    desk.let_pass(timedelta(minutes=20))
    back = alert(desk, "[FIRING:1] TrunkErrors (sip prod)")
    assert back.ticket == first.ticket
    assert desk.rows("SELECT state, times FROM ticket") == [("open", 2)]
    desk.let_pass(timedelta(minutes=5))
    assert any("open once more" in told for told in headlines(desk))
    alert(desk, "[RESOLVED] TrunkErrors (sip prod)")
    desk.let_pass(timedelta(hours=3))
    later = alert(desk, "[FIRING:1] TrunkErrors (sip prod)")
    assert later.ticket != first.ticket
    assert desk.one("SELECT linked_to FROM ticket WHERE id = ?", later.ticket) == first.ticket


def test_a_recovery_after_the_ticket_was_closed_by_hand_is_told_and_changes_nothing(desk: Office) -> None:
    first = alert(desk, "PROBLEM: web1 is DOWN")
    desk.do(verb="close", ticket=first.ticket, author="bob", reason="seen")
    desk.let_pass(timedelta(minutes=5))
    assert alert(desk, "RECOVERY: web1 is UP").ticket == first.ticket
    desk.let_pass(timedelta(minutes=5))
    assert desk.one("SELECT state FROM ticket") == "closed"
    assert "#1001 was closed before." in desk.notices[-1].text


def test_of_an_unproven_recovery_we_hear_and_nothing_closes(desk: Office) -> None:
    alert(desk, "PROBLEM: web1 is DOWN", verdict="")
    desk.let_pass(timedelta(minutes=5))
    alert(desk, "RECOVERY: web1 is UP", verdict="")
    desk.let_pass(timedelta(minutes=5))
    assert desk.one("SELECT state FROM ticket") == "open"
    assert "nothing proves that all is well" in desk.notices[-1].text


def test_something_else_of_the_kind_that_fails_is_told_at_once(desk: Office) -> None:
    alert(desk, "PROBLEM: pbx1 is DOWN")
    desk.let_pass(timedelta(minutes=5))
    alert(desk, "PROBLEM: pbx2 is DOWN")
    desk.let_pass(timedelta(minutes=5))
    assert "something else of the same kind" in desk.notices[-1].text


def test_what_reads_worse_than_the_ticket_is_a_ticket_of_its_own(desk: Office) -> None:
    """A form with few words of its own."""
    form = "Name: {}. Company: Acme. Topic: {}. Sent by the form of our page, please answer soon."
    alert(desk, "Contact form", form.format("Ann", "a quote"))
    done = alert(desk, "Contact form", form.format("Ann", "all our phones are down"))
    assert isinstance(done.decision.place, OpenTicket)
    assert done.decision.place.severity == "critical"


@pytest.mark.parametrize(
    ("subject", "text", "sender", "fields"),
    [
        ("PROBLEM: mail2 queue is long", "Checked from Dallas. Response: none. Value 17.", MONITOR, GENERATED),
        ("PROBLEM: web1 is DOWN", "Checked from Dallas. Response: none. Value 17.", "other@monitor.example", GENERATED),
        # A web form: one subject, one sender, many people.
        ("PROBLEM: web1 is DOWN", "Name: Ann. Our phones ring once and then stop.", MONITOR, GENERATED),
        (
            "PROBLEM: web1 is DOWN",
            "Checked from Dallas. Response: none. Value 17.",
            MONITOR,
            (*GENERATED, "Reply-To: ann@acme-dental.example"),
        ),
    ],
)
def test_other_things_are_tickets_of_their_own(
    desk: Office, subject: str, text: str, sender: str, fields: tuple[str, ...]
) -> None:
    alert(desk, "PROBLEM: web1 is DOWN")
    done = alert(desk, subject, text, sender=sender, fields=fields)
    assert isinstance(done.decision.place, OpenTicket)


def test_a_copier_s_papers_are_a_ticket_each(desk: Office) -> None:
    body = "--b\nContent-Type: text/plain\n\nScanned at the front desk.\n"
    body += "--b\nContent-Type: application/pdf; name=a.pdf\n\n%d\n--b--"
    for number in range(2):
        scan = mail(
            "copier@acme-dental.example",
            body % number,
            subject="Scanned document",
            fields=(*GENERATED, 'Content-Type: multipart/mixed; boundary="b"'),
            message_id=f"{number}@copier.example",
        )
        assert isinstance(desk.receive(scan).decision.place, OpenTicket)


def test_a_known_system_makes_nothing_a_ticket_or_a_critical_one_by_rule(desk: Office) -> None:
    box = "Box <box@nas.example>"
    done = alert(desk, "Backup completed", "4 GB in 12 minutes", sender=box, fields=())
    assert isinstance(done.decision.place, FileEvent)
    done = alert(desk, "Volume 81% full", "It fills up.", sender=box, fields=())
    assert desk.rows("SELECT severity, tenant FROM ticket WHERE id = ?", done.ticket) == [("normal", None)]
    done = alert(desk, "Trunk 2 unreachable", "No answer to OPTIONS.", sender=box, fields=())
    assert desk.rows("SELECT severity, tenant FROM ticket WHERE id = ?", done.ticket) == [("critical", "acme")]
    desk.let_pass(timedelta(seconds=30))
    assert desk.one("SELECT urgent FROM notice WHERE ticket_id = ?", done.ticket) == 1
    alert(desk, "Trunk 2: line carries calls", "OPTIONS is answered.", sender=box, fields=())
    assert desk.one("SELECT state FROM ticket WHERE id = ?", done.ticket) == "closed"
    assert not desk.answers


def test_a_known_system_that_turns_critical_raises_its_ticket(tmp_path: Path) -> None:
    rules = RULES + '[[system]]\nid="bad"\ndomains=["nas.example"]\nwords=["degraded"]\nopens="critical"\n'
    rules += '[[system]]\nid="box"\ndomains=["nas.example"]\n'
    with office(tmp_path, rules=rules) as desk:
        first = alert(desk, "Array 1 warning", "One disk is slow.", sender="box@nas.example", fields=())
        done = alert(desk, "Array 1 degraded", "One disk is gone.", sender="box@nas.example", fields=())
        assert done.ticket == first.ticket
        assert desk.one("SELECT severity FROM ticket") == "critical"
        assert desk.rows("SELECT kind, urgent FROM notice ORDER BY id")[-1] == ("rise", 1)


def test_a_forged_system_is_quarantined_as_anybody_is(desk: Office) -> None:
    forged = mail(
        "box@nas.example", "No answer.", subject="Trunk 2 unreachable", verdict="fail", message_id="x@y.example"
    )
    assert isinstance(desk.receive(forged).decision.place, Quarantine)


def test_what_failed_authentication_repeats_nothing(desk: Office) -> None:
    """A forger in a customer's name neither reopens nor counts; who forwards mail may break it, so it is flagged."""
    pbx = "pbx@acme-dental.example"
    text, subject = "Checked from Dallas. Response: none.", "PROBLEM: trunk is DOWN"
    first = desk.receive(mail(pbx, text, subject=subject, fields=GENERATED, message_id="1@x.example"))
    forged = mail(pbx, text, subject=subject, verdict="fail", fields=GENERATED, message_id="2@x.example")
    assert desk.receive(forged).ticket != first.ticket
    assert desk.one("SELECT times FROM ticket WHERE id = ?", first.ticket) == 1


def test_a_machine_continues_no_ticket_of_a_person(desk: Office) -> None:
    text = "The trunk gives no tone since nine, please look at it."
    first = desk.receive(mail(JANE, text, subject="Trunk down", message_id="1@x.example"))
    desk.do(verb="close", ticket=first.ticket, author="bob", reason="done")
    again = mail(JANE, text, subject="Trunk down", fields=GENERATED, message_id="2@x.example")
    assert desk.receive(again).ticket != first.ticket


class TestPeople:
    """A person is no machine, whatever the subject."""

    def test_two_questions_on_one_subject_are_two_tickets_both_answered(self, desk: Office) -> None:
        for number, text in enumerate(("Phone 12 has no tone.", "Phone 13 has no tone.")):
            done = desk.receive(mail(JANE, text, subject="Question", message_id=f"{number}@acme-dental.example"))
            assert isinstance(done.decision.place, OpenTicket)
        assert len(desk.answers) == 2

    def test_subjects_that_differ_in_a_number_are_two_requests(self, desk: Office) -> None:
        for number in (101, 102):
            raw = mail(
                JANE, "Please.", subject=f"Delete extension {number}", message_id=f"{number}@acme-dental.example"
            )
            assert isinstance(desk.receive(raw).decision.place, OpenTicket)

    def test_the_same_mail_sent_once_more_is_one_ticket(self, desk: Office) -> None:
        first = desk.receive(mail(JANE, "Phone 12 has no tone.", subject="Tone", message_id="1@acme-dental.example"))
        second = desk.receive(mail(JANE, "Phone 12 has no tone.", subject="Tone", message_id="2@acme-dental.example"))
        assert isinstance(second.decision.place, JoinTicket)
        assert second.ticket == first.ticket
        assert len(desk.answers) == 1

    @pytest.mark.parametrize("verdict", ["", "fail"])
    def test_a_strangers_word_joins_nothing(self, desk: Office, verdict: str) -> None:
        words = "Please call me about new phones."
        sender = "ann@elsewhere.example"
        first = desk.receive(mail(sender, words, subject="Call", message_id="1@elsewhere.example"))
        second = desk.receive(mail(sender, words, subject="Call", verdict=verdict, message_id="2@elsewhere.example"))
        assert second.ticket != first.ticket

    def test_after_the_ticket_was_closed_it_is_a_new_request(self, desk: Office) -> None:
        first = desk.receive(mail(JANE, "No tone.", subject="Tone", message_id="1@acme-dental.example"))
        desk.do(verb="close", ticket=first.ticket, author="bob", reason="done")
        second = desk.receive(mail(JANE, "No tone.", subject="Tone", message_id="2@acme-dental.example"))
        assert second.ticket != first.ticket


def test_rows_made_anew_from_the_log_count_the_same(desk: Office) -> None:
    from mailbot.store.projection import rebuild_projection  # noqa: PLC0415

    for minute in range(3):
        alert(desk, f"PROBLEM: web1 is DOWN ({minute} min)")
        desk.let_pass(timedelta(minutes=40))
    statement = "SELECT times, told_at, ailing, state, topic FROM ticket"
    before = desk.rows(statement)
    assert before[0][0] == 3
    desk.here.database.writer.write(rebuild_projection)
    assert desk.rows(statement) == before


def test_no_words_of_a_sender_stand_in_the_keys(desk: Office) -> None:
    """What retention forgets of a ticket are its words; what finds repetitions stays."""
    alert(desk, "PROBLEM: secretname is DOWN")
    [(topic, ailing)] = desk.rows("SELECT topic, ailing FROM ticket")
    assert len(topic) == 16
    assert "secretname" not in f"{topic} {ailing}"
