"""Forwarded words count where the sender writes nothing that says something else."""

from __future__ import annotations

import pytest

from mailbot import config
from mailbot.deciding.classify import classify
from mailbot.deciding.content import told_text
from mailbot.deciding.passedon import points
from mailbot.deciding.settling.thanks import is_thanks
from mailbot.deciding.understanding import classified
from mailbot.reading.model import Mailbox, Message, Protection
from mailbot.rules import Rules, Severity
from tests.deciding.desk_cases import mail

OUTAGE = (
    "---------- Forwarded message ----------\nFrom: Bob <bob@elsewhere.example>\nSubject: Help\n\n"
    "All our phones are down!"
)

ANN = Mailbox("Ann Smith", "ann@example.com")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Rules:
    return config.load(tmp_path_factory.mktemp("rules"))


def passed_on(own: str, forwarded: str = OUTAGE) -> Message:
    return Message(
        subject="Fwd: a message", text=f"{own}\n\n{forwarded}", reply_text=own, forwarded_text=forwarded, sender=ANN
    )


@pytest.mark.parametrize(
    "own",
    [
        "",
        "FYI",
        "fyi.",
        "Hi team,\n\nplease see below.\n\nBest regards\nAnn Smith\nSmith & Sons Ltd\nTel. 212 555 0142",
        "Dear Mr. Miller,\nFYI\nAnn",
        "Can you look into this please?\nThanks",
        "z.K.",
        "Hallo zusammen,\n\nbitte siehe unten.\n\nViele Grüße\nAnn",
        "s. u.",
        "Bonjour,\nvoir ci-dessous.\nCordialement\nAnn",
        "Por favor, ver abajo. Gracias",
        "Para sua informação.\nObrigado",
        "Ann Smith\nSmith & Sons Ltd | Main Street 5\n+1 212 555 0142\nwww.smith.example",
        "Smith",
    ],
)
def test_an_outage_that_is_only_passed_on_is_not_missed(own: str, shipped: Rules) -> None:
    found = classify(passed_on(own), shipped)
    assert found.severity is Severity.CRITICAL
    assert {hit.where for hit in found.evidence} == {"forwarded text"}


@pytest.mark.parametrize(
    "own",
    [
        "Is this bill real?",
        "This is solved since noon.",
        "FYI, it works again",
        "Please ignore this one.",
        "Solved",
        "Das hat sich erledigt.",
        "Hi, just for your files",
        "Could you add Bob to the address book?",
    ],
)
def test_own_words_that_say_something_count_alone(own: str, shipped: Rules) -> None:
    found = classify(passed_on(own), shipped)
    assert found.severity in {Severity.NORMAL, Severity.LOW}
    assert {hit.where for hit in found.evidence} <= {"text"}


def test_own_words_count_above_what_is_forwarded(shipped: Rules) -> None:
    assert classify(passed_on("All our phones are dead!", "Some newsletter"), shipped).severity is Severity.CRITICAL


def test_somebody_elses_down_word_is_not_the_senders(shipped: Rules) -> None:
    assert classified(passed_on("", "DOWN"), shipped, None).evidence == ()


def test_thanks_above_something_forwarded_end_no_ticket() -> None:
    assert is_thanks(mail(text="Thanks!"))
    assert not is_thanks(mail(text="Thanks!", forwarded_text=OUTAGE))


def test_long_own_words_are_no_pointer() -> None:
    assert points("please see below")
    assert points("can a colleague look at this please")
    assert not points("please see below " * 100)


def test_our_own_sentences_in_an_entry_say_nothing_about_severity(shipped: Rules) -> None:
    for message in (Message(protection=Protection(encrypted="PGP")), Message(protection=Protection(unreadable=True))):
        assert classify(Message(reply_text=told_text(message, 7)), shipped).evidence == ()


def test_an_attached_message_stands_in_the_entry_below_the_text() -> None:
    message = Message(sender=Mailbox("", "ann@example.com"), text="FYI", reply_text="FYI", forwarded_text=OUTAGE)
    assert told_text(message, 7) == f"FYI\n\n{OUTAGE}"
    assert told_text(passed_on("FYI"), 7) == f"FYI\n\n{OUTAGE}"
