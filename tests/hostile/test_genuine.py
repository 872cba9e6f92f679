"""No agent's mail is lost: behind each border, as whichever program wrote it, it is done, or asked about, then done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.hostile.borders import BORDERS, results, spread
from tests.hostile.genuine import Ends, Genuine, Reply, genuine
from tests.hostile.spoofs import DANA, JANE
from tests.hostile.staffed import RAJ, relay_of, staffed
from tests.service.office import Office, Sent, mail

ALL = genuine()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with staffed(tmp_path_factory.mktemp("desk")) as opened:
        yield opened


@pytest.fixture
def reopened(desk: Office) -> Office:
    """The desk with Jane's ticket as it was in the beginning, some time later."""
    desk.let_pass(timedelta(minutes=1))
    if desk.one("SELECT state FROM ticket WHERE id = 1001") == "closed":
        desk.do(verb="reopen", ticket=1001)
    if desk.one("SELECT severity FROM ticket WHERE id = 1001") != "normal":
        desk.do(verb="set", ticket=1001, severity="normal")
    return desk


def answers(sent: list[Sent]) -> list[Sent]:
    return [one for one in sent if one.recipient in {JANE, RAJ} and not one.mail["Auto-Submitted"]]


def answered(question: Sent, yes: str, verdict: str = "") -> bytes:
    fields = (f"In-Reply-To: <{question.message_id}>",)
    own_id = f"yes-{question.message_id}"
    return mail(
        f"Dana <{DANA}>", yes, subject="Re: Did you write this?", verdict=verdict, fields=fields, message_id=own_id
    )


@pytest.mark.parametrize("one", spread(ALL))
def test_it_is_done_or_asked_about_and_then_done(reopened: Office, one: Genuine) -> None:
    desk, left = reopened, len(reopened.sent)
    relay = relay_of(desk, one.reply.agent, one.reply.ticket)
    desk.receive(one.reply.written(one.border, relay), mailbox=one.border.id)
    if one.ends is Ends.ASKED:
        assert answers(desk.sent[left:]) == []
        [question] = [sent for sent in desk.sent[left:] if sent.recipient == DANA]
        desk.receive(answered(question, one.yes))
        desk.processor.step()
        desk.deliver()
    got = answers(desk.sent[left:])
    if one.ends is Ends.DONE:
        assert got == []
    else:
        [answer] = got
        assert answer.recipient == (JANE if one.reply.ticket == 1001 else RAJ)
        assert answer.text.split() == one.reply.words.split()
    if one.check is not None:
        statement, value = one.check
        assert desk.one(statement) == value


def test_an_address_that_she_added_is_hers_from_then_on(reopened: Office) -> None:
    desk, sender = reopened, "dana@tablet.example"
    for words, added in (("Please upload it, from my tablet.", False), ("And press Save, from my tablet.", True)):
        left = len(desk.sent)
        reply = Reply(words, sender=sender, found=results(of="tablet.example"))
        desk.receive(reply.written(BORDERS[0], relay_of(desk)), mailbox="google")
        if not added:
            [question] = [sent for sent in desk.sent[left:] if sent.recipient == DANA]
            desk.receive(answered(question, "add", "pass"))
            desk.processor.step()
            desk.deliver()
        [answer] = answers(desk.sent[left:])
        assert answer.text.split() == words.split()


def test_there_are_two_hundred_and_more() -> None:
    assert len({str(one) for one in ALL}) == len(ALL) >= 200
