"""No spoof speaks as us: behind each border none sends a byte to a customer or changes a ticket, and all are found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from mailbot.deciding.effects import UNCONFIRMED, Quarantine
from mailbot.desk.mails import asking
from tests.hostile.borders import spread
from tests.hostile.spoofs import BOB, DANA, JANE, WORDS, Ends, Spoof, spoofs
from tests.hostile.staffed import RAJ, staffed
from tests.service.office import SUPPORT, Office

SPOOFS = spoofs()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with staffed(tmp_path_factory.mktemp("desk")) as opened, pytest.MonkeyPatch.context() as patch:
        # How often an agent is asked about strangers' mail has tests of its own; here each spoof stands for itself.
        patch.setattr(asking, "MOST_OF_OTHERS", len(SPOOFS))
        assert [sent.recipient for sent in opened.sent if sent.recipient == DANA] == [DANA, DANA]
        yield opened


def kept(desk: Office) -> tuple[object, ...]:
    """Return all that a spoof may not change: the two tickets, and what counts as said by us."""
    return (
        desk.rows(
            "SELECT id, tenant, state, severity, requester, closed_at, response_due_at, first_response_at, flags,"
            " assignee, waits_for, waits_until, merged_into FROM ticket WHERE id <= 1002"
        ),
        desk.one("SELECT count(*) FROM entry WHERE kind = 'agent' OR (kind = 'change' AND ticket_id <= 1002)"),
        desk.one("SELECT count(*) FROM outbox WHERE kind = 'reply'"),
    )


# A customer's own message, whatever it bears.
FOR_HERSELF = {"a customer's command", "a customer with an agent's token"}


@pytest.mark.parametrize("spoof", spread(SPOOFS))
def test_a_spoof_is_kept_and_does_nothing(desk: Office, spoof: Spoof) -> None:
    # Of more than thirty in an hour nobody is asked.
    desk.let_pass(timedelta(minutes=3))
    before, left = kept(desk), len(desk.sent)
    processed = desk.receive(spoof.raw, mailbox=spoof.border.id)
    # An agent is asked only so often within an hour.
    desk.let_pass(timedelta(minutes=3))
    assert kept(desk) == before
    ours = {DANA, BOB, "team@harborvoice.example"}
    for sent in desk.sent[left:]:
        # Whoever proves to be himself gets the usual acknowledgement, which repeats no word of his.
        assert sent.recipient in ours or (sent.mail["Auto-Submitted"] == "auto-replied" and WORDS not in sent.text)
        assert sent.recipient not in {JANE, RAJ, SUPPORT} or spoof.name in FOR_HERSELF
    [(state, entry, reasons)] = desk.rows(
        "SELECT state, entry_id, reasons FROM arrival WHERE id = ?", processed.arrival
    )
    assert state in {"done", "quarantined"}
    assert entry is not None
    assert reasons
    asked = [sent.recipient for sent in desk.sent[left:] if "Did you write" in str(sent.mail["Subject"])]
    place = processed.decision.place
    if spoof.ends is Ends.ASKED:
        assert (place, asked) == (Quarantine(UNCONFIRMED), [DANA])
    elif spoof.ends is Ends.APART:
        assert (isinstance(place, Quarantine), asked) == (True, [])


def test_later_none_of_it_was_done_either(desk: Office) -> None:
    """Runs behind all others: what waited for an agent's word, or for a time, went nowhere in a week."""
    before = kept(desk)
    customers = [sent for sent in desk.sent if sent.recipient in {JANE, RAJ}]
    desk.let_pass(timedelta(days=7))
    assert kept(desk) == before
    assert [sent for sent in desk.sent if sent.recipient in {JANE, RAJ}] == customers
    assert not any(
        WORDS in sent.text for sent in desk.sent if sent.recipient.endswith(("acme-dental.example", "evil.example"))
    )


def test_there_are_two_hundred_and_more() -> None:
    assert len({spoof.raw for spoof in SPOOFS}) == len(SPOOFS) >= 200
    assert len({str(spoof) for spoof in SPOOFS}) == len(SPOOFS)
