"""A page stands in the outbox for one pager of one agent, once, for half an hour; no relay ever gets it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import Connection

from mailbot.deciding.paging import Page, PageKind
from mailbot.deciding.tokens import Keyring
from mailbot.desk import Desk
from mailbot.desk.mails.paging import LASTS, queue_page
from mailbot.render import Templates
from mailbot.rules import Agent, Pager, Partner, Rules, WebAddress
from mailbot.store import outbox
from mailbot.store.database import Database, open_database
from mailbot.store.outbox import Audience

NOW = datetime(2026, 3, 6, 3, 0, tzinfo=UTC)
DANA = Agent(
    id="dana",
    name="Dana",
    addresses=("dana@telecom.example",),
    pager=(
        Pager(mail="49151@sms.example"),
        Pager(webhook=WebAddress.model_validate("https://ntfy.example/topic"), form="ntfy"),
    ),
)
RULES = Rules(partner=Partner(brand="Telecom", address="support@telecom.example"), agent=(DANA,))
PAGE = Page(PageKind.OUTAGE, "Acme: no dial tone anywhere. Call +1 212 555 0123", "spell-1", NOW)


@pytest.fixture
def desk() -> Desk:
    return Desk(RULES, Keyring(1, {1: b"k" * 32}), Templates(None))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "tickets.db") as opened:
        yield opened


def test_a_page_waits_once_for_its_pager_and_no_relay_gets_it(desk: Desk, database: Database) -> None:
    def work(conn: Connection) -> None:
        assert queue_page(conn, desk, DANA, 2, PAGE, NOW, key="a") is not None
        assert queue_page(conn, desk, DANA, 2, PAGE, NOW, key="a") is None

    database.writer.write(work)
    with database.read() as conn:
        assert outbox.next_attempt_at(conn, "partner") is None
    assert database.writer.write(lambda conn: outbox.claim(conn, "partner", NOW)) == []
    (claimed,) = database.writer.write(lambda conn: outbox.claim(conn, "partner", NOW, audience=Audience.PAGER))
    assert (claimed.recipient, claimed.kind) == ("dana/2", "page")
    page = Page.from_json(claimed.raw)
    assert claimed.message_id == f"{page.id}.page@telecom.example"
    assert page == replace(PAGE, id=page.id)


def test_no_page_overtakes_an_older_one_to_its_pager(desk: Desk, database: Database) -> None:
    bob = DANA.model_copy(update={"id": "bob"})
    work = database.writer.write
    first = work(lambda conn: queue_page(conn, desk, DANA, 2, PAGE, NOW, key="a"))
    assert first is not None
    work(lambda conn: outbox.claim(conn, "partner", NOW, audience=Audience.PAGER))
    later = NOW + timedelta(seconds=30)
    work(lambda conn: outbox.mark_deferred(conn, first, later))
    work(lambda conn: queue_page(conn, desk, DANA, 2, PAGE, NOW, key="b"))
    with database.read() as conn:
        assert outbox.next_attempt_at(conn, "partner", audience=Audience.PAGER) == later
    work(lambda conn: queue_page(conn, desk, bob, 2, PAGE, NOW, key="a"))
    (claimed,) = work(lambda conn: outbox.claim(conn, "partner", NOW, audience=Audience.PAGER))
    assert claimed.recipient == "bob/2"
    (claimed,) = work(lambda conn: outbox.claim(conn, "partner", later, audience=Audience.PAGER))
    assert claimed.id == first


def test_it_comes_in_time_or_not_at_all(desk: Desk, database: Database) -> None:
    database.writer.write(lambda conn: queue_page(conn, desk, DANA, 2, PAGE, NOW, key="a"))
    assert database.writer.write(lambda conn: outbox.expire(conn, "partner", NOW + LASTS - timedelta(seconds=1))) == []
    (late,) = database.writer.write(lambda conn: outbox.expire(conn, "partner", NOW + LASTS))
    assert (late.audience, late.recipient) == (Audience.PAGER, "dana/2")


def test_a_pager_by_mail_gets_it_as_a_mail_of_ours(desk: Desk, database: Database) -> None:
    database.writer.write(lambda conn: queue_page(conn, desk, DANA, 1, PAGE, NOW, key="a"))
    (claimed,) = database.writer.write(lambda conn: outbox.claim(conn, "partner", NOW))
    mail = message_from_bytes(claimed.raw, policy=default)
    assert claimed.recipient == mail["To"] == "49151@sms.example"
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == [PAGE.text]
    assert mail["Auto-Submitted"] == "auto-generated"
