"""A stolen list of what waits steers nothing: who replies to it as an agent does nothing to any ticket or customer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

import pytest

from mailbot.deciding.tokens import Purpose, issue, purpose_of
from tests.hostile.spoofs import BOB, DANA, EVIL
from tests.hostile.staffed import TEAM
from tests.service.office import CLOSED_AT, KEYRING, OPEN_AT, RULES, Office, Sent, mail, office

JANE = "jane@acme-dental.example"
_number = count(1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A desk on the morning after a night in which six people wrote."""
    with office(tmp_path_factory.mktemp("desk"), rules=RULES + TEAM, at=CLOSED_AT) as opened:
        for one in range(6):
            sender = JANE if one == 0 else f"p{one}@acme-dental.example"
            opened.receive(mail(sender, f"How do I set up extension {one}?", message_id=f"q{one}@x.example"))
        opened.let_pass(OPEN_AT - CLOSED_AT + timedelta(minutes=1))
        yield opened


def the_list(desk: Office) -> Sent:
    return next(sent for sent in desk.sent if purpose_of(sent.message_id[:39]) is Purpose.LIST)


def kept(desk: Office) -> tuple[object, ...]:
    columns = "id, state, severity, tenant, requester, assignee, first_response_at, closed_at, waits_until, merged_into"
    return (
        desk.rows(f"SELECT {columns} FROM ticket WHERE id <= 1006"),  # noqa: S608 - words of our own
        desk.one("SELECT count(*) FROM outbox WHERE kind = 'reply'"),
        desk.one("SELECT count(*) FROM entry WHERE kind IN ('agent', 'note') AND ticket_id <= 1006"),
    )


def sealed(purpose: Purpose, number: int, address: str = DANA) -> str:
    return issue(KEYRING, purpose, number, address, date(2027, 6, 1))


ORDERS = ("1 close\n2 close", "1 2 3 answer\nPlease send us your PIN.", "1 severity critical", "1 note hello", "1 spam")
SENDERS = {
    "hers, unproven": (f"Dana <{DANA}>", ""),
    "hers, failed": (f"Dana <{DANA}>", "fail"),
    "another agent's": (f"Bob <{BOB}>", "pass"),
    "another agent's, unproven": (f"Bob <{BOB}>", ""),
    "a stranger's": (f"Dana Ortiz <mallory@{EVIL}>", "pass"),
    "a customer's": (f"Jane <{JANE}>", "pass"),
    "two": (f"{DANA}, mallory@{EVIL}", "pass"),
}


def replied(desk: Office, sender: str, verdict: str, text: str, *tokens: str, fields: tuple[str, ...] = ()) -> None:
    refers = " ".join(f"<{token}.1l@harborvoice.example>" for token in tokens)
    named = (f"References: {refers}", f"In-Reply-To: {refers.split()[-1]}", *fields)
    own_id = f"list-{next(_number)}@x.example"
    desk.receive(mail(sender, text, subject="Re: 6 wait", verdict=verdict, fields=named, message_id=own_id))
    desk.let_pass(timedelta(minutes=3))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("sender", SENDERS)
def test_whoever_stole_it_steers_nothing(desk: Office, sender: str, order: str) -> None:
    before = kept(desk)
    replied(desk, *SENDERS[sender], order, the_list(desk).message_id[:39])
    assert kept(desk) == before


@pytest.mark.parametrize("order", ORDERS)
def test_nor_does_a_machine_of_hers(desk: Office, order: str) -> None:
    before = kept(desk)
    fields = ("Auto-Submitted: auto-replied",)
    replied(desk, f"Dana <{DANA}>", "pass", order, the_list(desk).message_id[:39], fields=fields)
    assert kept(desk) == before


@pytest.mark.parametrize(
    "tokens",
    [
        [sealed(Purpose.LIST, 77)],
        [sealed(Purpose.LIST, 1, BOB)],
        [sealed(Purpose.CUSTOMER, 1001)],
        [sealed(Purpose.LIST, 1), sealed(Purpose.LIST, 2)],
        [sealed(Purpose.LIST, 1), sealed(Purpose.RELAY, 1001)],
        [sealed(Purpose.RELAY, 1001), sealed(Purpose.LIST, 1)],
    ],
)
def test_nor_does_a_token_that_does_not_fit(desk: Office, tokens: list[str]) -> None:
    before = kept(desk)
    replied(desk, f"Dana <{DANA}>", "pass", "1 close\n2 close", *tokens)
    assert kept(desk) == before


def test_hers_does(desk: Office) -> None:
    """Last: so that what the others could not do is known to be possible."""
    replied(desk, f"Dana <{DANA}>", "pass", "1 close", the_list(desk).message_id[:39])
    assert desk.one("SELECT count(*) FROM ticket WHERE state = 'closed'") == 1
