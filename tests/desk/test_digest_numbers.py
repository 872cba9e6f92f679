"""What the numbers of a weekly mail mean once the tickets behind them have gone on, and what was sent besides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.desk.operations import RefusedError
from tests.desk.weekly import (
    MONDAY,
    OF_THE_WEEK,
    PAT,
    SAM,
    WEEK,
    Worked,
    digest_of,
    going_on,
    numbers,
    of,
    played,
    replied,
    state,
    told,
    work,
)
from tests.servers.commands import run
from tests.service.office import SUPPORT, Office, Sent, mail, office
from tests.service.test_relays import DANA

ONE, OTHER = 1001, 1005


def work_on(desk: Office) -> None:
    """Let more be asked once the weekly mail is out."""
    work(desk)
    desk.receive(mail("Jane <jane@acme-dental.example>", "And the fax?", subject="Fax", message_id="fax@x.example"))
    desk.receive(mail("Tom <tom@bolt.example>", "How do I record a greeting?", subject="Greeting again"))


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Worked:
    return played(tmp_path_factory.mktemp("worked"), work_on)


@pytest.fixture
def desk(tmp_path: Path, worked: Worked) -> Iterator[Office]:
    with going_on(tmp_path, worked) as opened:
        yield opened


def row(desk: Office, ticket: int, column: str) -> object:
    return desk.one(f"SELECT {column} FROM ticket WHERE id = ?", ticket)  # noqa: S608 - of the test's own


def said(desk: Office, to: str = PAT) -> str:
    return " ".join(told(desk, to).text.split())


class TestATicketThatWasMerged:
    """The number means the one as which it goes on, and the answer says so."""

    @pytest.fixture(autouse=True)
    def merged(self, desk: Office) -> None:
        desk.do(verb="merge", ticket=ONE, into=OTHER)

    def test_close_acts_on_where_it_goes_on_and_says_so(self, desk: Office) -> None:
        digest = digest_of(desk)
        number = of(digest, ONE)
        desk.receive(replied(digest, f"{number} close"))
        assert row(desk, OTHER, "state") == "closed"
        assert f"{number} close (#{ONE}, merged into #{OTHER}): #{OTHER} is closed (" in said(desk)

    @pytest.mark.parametrize(
        ("order", "column", "value"), [("assign dana", "assignee", "dana"), ("note call her", "state", "open")]
    )
    def test_so_do_the_others(self, desk: Office, order: str, column: str, value: str) -> None:
        digest = digest_of(desk)
        number = of(digest, ONE)
        desk.receive(replied(digest, f"{number} {order}"))
        assert row(desk, OTHER, column) == value
        assert f"{number} {order.split(maxsplit=1)[0]} (#{ONE}, merged into #{OTHER}): " in said(desk)

    def test_why_is_told_of_where_it_goes_on(self, desk: Office) -> None:
        digest = digest_of(desk)
        number = of(digest, ONE)
        desk.receive(replied(digest, f"why {number}"))
        assert f"{number} why (#{ONE}, merged into #{OTHER}): Why #{OTHER} is as it is." in said(desk)

    def test_undo_takes_it_back_there(self, desk: Office) -> None:
        digest = digest_of(desk)
        desk.receive(replied(digest, f"{of(digest, ONE)} close"))
        desk.receive(replied(digest, "undo"))
        assert row(desk, OTHER, "state") == "open"
        assert row(desk, ONE, "merged_into") == OTHER, "the merge was somebody else's"

    def test_the_next_mail_has_one_number_for_both(self, desk: Office) -> None:
        desk.let_pass(WEEK)
        shown = numbers(digest_of(desk, place=1))
        assert OTHER in shown.values()
        assert ONE not in shown.values()

    def test_from_another_customer_nothing_is_mixed(self, desk: Office) -> None:
        """A merge across customers is a mark: each stays its own."""
        digest = digest_of(desk)
        desk.do(verb="merge", ticket=1004, into=1002, confirmed=True)
        desk.receive(replied(digest, f"{of(digest, 1004)} close"))
        assert row(desk, 1002, "state") == "open"
        assert "merged into" not in said(desk)


def test_two_numbers_that_became_one_ticket_are_both_told(desk: Office) -> None:
    desk.let_pass(WEEK)
    digest = digest_of(desk, place=1)
    desk.do(verb="merge", ticket=ONE, into=OTHER)
    first, second = sorted((of(digest, ONE), of(digest, OTHER)))
    desk.receive(replied(digest, f"{first} {second} close"))
    assert row(desk, OTHER, "state") == "closed"
    assert f"#{OTHER} is closed" in said(desk)
    assert f"#{OTHER} was closed already" in said(desk)


class TestATicketThatIsAnothers:
    def test_one_that_is_no_more_is_said_and_stops_all(self, desk: Office) -> None:
        digest, before = digest_of(desk), state(desk)
        number = of(digest, ONE)
        desk.here.database.writer.write(
            lambda conn: conn.exec_driver_sql("UPDATE ticket SET partner = 'another' WHERE id = 1001") and None
        )
        desk.receive(replied(digest, f"{number} close\n{of(digest, 1004)} close"))
        assert f"number {number} is not yours to act for any more" in said(desk)
        assert state(desk) == before

    def test_who_may_act_for_some_customers_acts_for_these_alone(self, tmp_path: Path) -> None:
        """Bob is for Bolt, and reads the weekly mail."""
        bob = "bob@harborvoice.example"
        with office(tmp_path, rules=OF_THE_WEEK.replace(f'"{PAT}", "{SAM}"', f'"{bob}"'), at=MONDAY) as desk:
            work(desk)
            digest = digest_of(desk, bob)
            before = state(desk)
            number = of(digest, ONE)
            sender = f"Bob <{bob}>"
            desk.receive(replied(digest, f"{number} close\n{of(digest, 1004)} close", sender=sender))
            assert f"number {number} is not yours to act for any more" in said(desk, bob)
            assert state(desk) == before
            desk.receive(replied(digest, f"{of(digest, 1004)} close", sender=sender))
            assert row(desk, 1004, "state") == "closed"

    def test_one_that_is_another_customers_since_is_closed_for_who_may(self, desk: Office) -> None:
        digest = digest_of(desk)
        desk.do(verb="set", ticket=1004, tenant="acme", confirmed=True)
        desk.receive(replied(digest, f"{of(digest, 1004)} close"))
        assert (row(desk, 1004, "state"), row(desk, 1004, "tenant")) == ("closed", "acme")


class TestLongAfter:
    def test_a_reply_to_the_mail_of_five_weeks_ago_means_its_own_numbers(self, desk: Office) -> None:
        digest = digest_of(desk)
        number = of(digest, 1004)
        desk.do(verb="close", ticket=ONE, author="test")
        desk.let_pass(5 * WEEK)
        newest = digest_of(desk, place=5)
        assert numbers(newest).get(number) != 1004
        desk.receive(replied(digest, f"{number} close"))
        assert row(desk, 1004, "state") == "closed"
        assert [row(desk, ticket, "state") for ticket in (1002, 1003)] == ["open", "open"]

    def test_it_acts_after_its_own_octets_were_forgotten(self, desk: Office) -> None:
        digest = digest_of(desk)
        desk.here.database.writer.write(lambda conn: conn.exec_driver_sql("UPDATE outbox SET packed = x''") and None)
        desk.receive(replied(digest, f"{of(digest, 1004)} close"))
        assert row(desk, 1004, "state") == "closed"

    def test_after_more_than_a_year_it_acts_no_more_and_nobody_is_answered(self, desk: Office) -> None:
        digest = digest_of(desk)
        desk.now += timedelta(days=401)
        before, sent = state(desk), len(desk.sent)
        desk.receive(replied(digest, f"{of(digest, 1004)} close"))
        assert state(desk)[: len(before)] == before
        assert {one.recipient for one in desk.sent[sent:]} <= {PAT, SAM, DANA, "team@harborvoice.example"}


class TestOneThatWasAskedFor:
    def test_its_numbers_are_its_own_beside_those_of_the_usual_one(self, desk: Office) -> None:
        usual = digest_of(desk)
        desk.do(verb="close", ticket=ONE, author="test")
        desk.do(verb="digest", week="2026-W47", reader=PAT)
        desk.deliver()
        asked = told(desk)
        assert str(asked.mail["Subject"]).startswith("Week 47: ")
        assert asked.message_id != usual.message_id
        number = of(asked, 1004)
        assert numbers(usual)[number] != 1004 or number == of(usual, 1004)
        desk.receive(replied(asked, f"{number} close"))
        assert row(desk, 1004, "state") == "closed"

    def test_one_of_us_who_does_not_get_it_every_week_reads_it_and_cannot_act(self, desk: Office) -> None:
        desk.do(verb="digest", week="2026-W47", reader=DANA)
        desk.deliver()
        asked, before, sent = told(desk, DANA), state(desk), len(desk.sent)
        assert "Reply: " not in asked.text
        assert "Reply with lines" not in asked.text
        desk.receive(replied(asked, "1 close", sender=f"Dana <{DANA}>"))
        assert state(desk)[: len(before)] == before
        assert {one.recipient for one in desk.sent[sent:]} <= {DANA, "team@harborvoice.example"}

    @pytest.mark.parametrize("reader", [SUPPORT, "support+x@harborvoice.example"])
    def test_the_desk_mails_none_to_itself(self, desk: Office, reader: str) -> None:
        with pytest.raises(RefusedError, match="the desk itself"):
            desk.do(verb="digest", week="2026-W47", reader=reader)


class TestTheCommand:
    def test_it_opens_the_mail_in_a_browser_and_changes_nothing(
        self, desk: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        shown: list[str] = []

        def show(address: str) -> bool:
            shown.append(address)
            return True

        monkeypatch.setattr("webbrowser.open", show)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        before = desk.one("SELECT (SELECT count(*) FROM listing) || ' ' || (SELECT count(*) FROM outbox)")
        done = run(desk.log.parents[1], "digest", "--week", "2026-W47", "--open")
        [page] = tmp_path.glob("digest-*.html")
        assert (done.code, done.out.strip(), shown) == (0, str(page), [page.as_uri()])
        assert page.stat().st_mode & 0o077 == 0, "what customers wrote is for its owner's eyes"
        html = page.read_text()
        assert "Phones down" in html
        assert "mailto:" not in html, "a preview has no number that a reply could name"
        assert desk.one("SELECT (SELECT count(*) FROM listing) || ' ' || (SELECT count(*) FROM outbox)") == before

    def test_where_no_browser_is_the_file_is_named(
        self, desk: Office, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("webbrowser.open", lambda _address: False)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        done = run(desk.log.parents[1], "digest", "--open")
        assert "no browser could be opened" in done.err
        assert Path(done.out.strip()).is_file()

    @pytest.mark.parametrize("week", ["2026-W54", "46", "next", "2026-W00"])
    def test_a_week_that_is_none_is_said(self, desk: Office, week: str) -> None:
        done = run(desk.log.parents[1], "digest", "--week", week, "--open")
        assert (done.code, "--week" in done.err) == (64, True)

    @pytest.mark.parametrize("more", [("--tenant", "acme"), ("--open",), ("--log", "other.db")])
    def test_what_it_would_not_heed_is_refused(self, desk: Office, more: tuple[str, ...]) -> None:
        """The mail of all customers must not go to whom one customer's was meant for."""
        done = run(desk.log.parents[1], "digest", "--send-to", PAT, *more)
        assert (done.code, "--send-to mails what you get every week" in done.err) == (64, True)
        assert not desk.rows("SELECT 1 FROM outbox WHERE kind = 'digest' AND key LIKE '%t%:%' AND state = 'queued'")


class TestTheSameFromSeveralCustomers:
    TITLE = "The same from several customers"

    def issue(self, desk: Office, *senders: str) -> Sent:
        desk.let_pass(timedelta(hours=1))
        for number, sender in enumerate(senders):
            words = "Our voicemail no longer arrives by e-mail."
            desk.receive(mail(sender, words, subject="Voicemail", message_id=f"v{number}@x.example"))
        desk.let_pass(WEEK)
        return digest_of(desk)

    def test_is_said_with_their_tickets(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=OF_THE_WEEK, at=MONDAY) as desk:
            digest = self.issue(desk, "Jane <jane@acme-dental.example>", "Bo <bo@bolt.example>")
            [issue] = {one for (one,) in desk.rows("SELECT playbook FROM ticket")}
            assert issue
            _, _, below = digest.text.partition(self.TITLE)
            assert "2 customers wrote about" in below
            assert "(#1001, #1002)" in below
            body = digest.mail.get_body(("html",))
            assert body is not None
            assert self.TITLE in str(body.get_content())

    @pytest.mark.parametrize(
        "senders",
        [
            ("Jane <jane@acme-dental.example>", "Tom <tom@acme-dental.example>"),
            ("Jane <jane@acme-dental.example>", "Ann <ann@elsewhere.example>"),
        ],
        ids=["two of one customer", "a customer and a stranger"],
    )
    def test_from_one_customer_it_is_not(self, tmp_path: Path, senders: tuple[str, str]) -> None:
        with office(tmp_path, rules=OF_THE_WEEK, at=MONDAY) as desk:
            assert self.TITLE not in self.issue(desk, *senders).text
