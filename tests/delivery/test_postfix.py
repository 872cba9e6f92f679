"""Through Debian's Postfix and back: our outbox → Postfix → our own LMTP door, and a sink for customers."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from mailbot.deciding.context import Source
from mailbot.delivery.courier import Courier
from mailbot.delivery.submission import Submission
from mailbot.errors import PermanentFailure
from mailbot.intake.smtp import Listener
from mailbot.rules import Listener as ListenerRules
from mailbot.rules import Partner, Rules, Secret
from mailbot.store import outbox
from mailbot.store.database import Database, open_database
from mailbot.store.outbox import Audience, NewMail, OutboxState
from mailbot.store.spool import NewArrival, accept, raw_of, waiting
from mailbot.store.tables import OUTBOX
from tests.servers.postfix import Postfix
from tests.servers.smtp import Relay

pytestmark = [pytest.mark.postfix, pytest.mark.slow]

RULES = Rules(
    partner=Partner(address="support@example.com", aliases=("help@example.com",)),
    listen=ListenerRules(lmtp="127.0.0.1:0"),
)
TEXT = b"\r\n.\r\n..two dots\r\n.\r\n" + b"x" * 900 + b"\r\n"


def now() -> datetime:
    return datetime.now(UTC)


def no_secret(_: Secret) -> str:
    raise AssertionError


def until(reached: Callable[[], bool], postfix: Postfix) -> None:
    deadline = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < deadline, postfix.log()
        time.sleep(0.02)


def test_mail_leaves_over_postfix_and_comes_in_over_its_lmtp(tmp_path: Path) -> None:
    with open_database(tmp_path / "mailbot.db") as database, Relay() as customers:

        def into_the_store(new: NewArrival) -> Future[int | None]:
            return database.writer.submit(lambda conn: accept(conn, "partner", new, now()))

        listener = Listener(RULES, into_the_store, now)
        listener.start()
        host, port = listener.addresses[Source.LMTP]
        routes = {"example.net": f"smtp:[127.0.0.1]:{customers.port}", "example.com": f"lmtp:inet:{host}:{port}"}
        try:
            with Postfix(routes) as postfix:
                _deliver(postfix, database, "ann@example.net", "support+t1@example.com", "nobody@example.com")
                customers.wait_for(1, timeout_s=20)

                def stored() -> int:
                    with database.read() as conn:
                        return len(waiting(conn, "partner"))

                # The mail itself, and Postfix's bounce for the recipient that our door refused.
                until(lambda: stored() == 2, postfix)
        finally:
            listener.stop()
        with database.read() as conn:
            bounce, arrival = sorted(waiting(conn, "partner"), key=lambda one: one.envelope.reverse_path or "")
            raw, report = raw_of(conn, arrival.id), raw_of(conn, bounce.id)
            states = conn.execute(select(OUTBOX.c.state)).scalars().all()
    assert states == [OutboxState.SENT] * 3
    assert arrival.source is Source.LMTP
    assert arrival.envelope.recipients == ("support+t1@example.com",)
    assert raw.endswith(TEXT)
    assert bounce.envelope.reverse_path == ""
    assert b"550 5.1.1 There is no such mailbox here" in report
    [mail] = customers.mails
    assert mail.reverse_path == "support@example.com"
    assert mail.raw.endswith(TEXT)


def _deliver(postfix: Postfix, database: Database, *recipients: str) -> None:
    for number, recipient in enumerate(recipients):
        mail = NewMail(
            key=str(number),
            kind="acknowledgement",
            audience=Audience.CUSTOMER,
            recipient=recipient,
            message_id=f"{number}@example.com",
            raw=f"To: {recipient}\r\nMessage-ID: <{number}@example.com>\r\n".encode() + TEXT,
            reverse_path="support@example.com",
        )
        database.writer.write(partial(outbox.queue, partner="partner", mail=mail, now=now()))
    submission = Submission(postfix.rules(), no_secret, "example.com", trust=postfix.certificate.trust())
    courier = Courier(database, [submission], "partner", now, lambda: 0.0)
    while courier.deliver_once():
        pass
    submission.close()


def test_postfix_is_probed_and_its_refusals_are_understood() -> None:
    with Postfix({}) as postfix:
        submission = Submission(postfix.rules(), no_secret, "example.com", trust=postfix.certificate.trust())
        submission.probe()
        with pytest.raises(PermanentFailure, match="SMTPUTF8"):
            submission.submit("", "jürgen@example.net", b"Subject: x\r\n\r\n")
        with pytest.raises(PermanentFailure, match=r"^5\d\d 5\.\d\.\d"):
            submission.submit("", "ann@[300.1.1.1]", b"Subject: x\r\n\r\n")
        submission.close()
