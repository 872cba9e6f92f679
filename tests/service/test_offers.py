"""What the receipt brings besides: articles that fit, questions that are open, papers that lack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from shutil import copy
from typing import Any, cast
from urllib.parse import unquote

import pytest

from mailbot import config
from tests.service.office import CLOSED_AT, RULES, SUPPORT, Office, Sent, mail, office

JANE = "jane@acme-dental.example"
KARL = "karl@bolt.example"
DANA = "dana@harborvoice.example"
TEAM = f"""
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}"]
"""
SITE = """
[relay]
host = "smtp.harborvoice.example"
plus_addressing = "yes"
[site]
folder = "site"
address = "https://help.example"
"""
PAGE = "https://help.example/en/articles/add-an-extension.html"
SOLVED = re.compile(r'href="(mailto:[^"]*)"[^>]*>That solved it<')


def desk_in(folder: Path, *names: str) -> Path:
    """Return the folder of a desk with these of the starter articles."""
    (folder / "articles").mkdir()
    for name in names or ("add-an-extension.en", "voicemail-by-email.en", "voicemail-by-email.de", "phone-offline.en"):
        copy(config.starters_path() / f"{name}.md", folder / "articles")
    return folder


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = desk_in(tmp_path_factory.mktemp("desk"))
    (folder / "loa.pdf").write_bytes(b"%PDF-1.4 the form")
    return folder


@pytest.fixture
def desk(rules: Path) -> Iterator[Office]:
    (rules / "data").mkdir(exist_ok=True)
    (rules / "data" / "tickets.db").unlink(missing_ok=True)
    with office(rules, rules=RULES.replace('id = "bolt"', 'id = "bolt"\nlanguage = "de"') + SITE) as here:
        yield here


def to(desk: Office, address: str = JANE) -> Sent:
    return [sent for sent in desk.sent if sent.recipient == address][-1]


def html(sent: Sent) -> str:
    body = sent.mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def flat(sent: Sent) -> str:
    return " ".join(sent.text.split())


def tapped(sent: Sent) -> tuple[str, str, str]:
    """Return the address, the subject and the text of the mail that the first link under an article begins."""
    found = SOLVED.search(html(sent))
    assert found is not None
    address, _, fields = found[1].replace("&amp;", "&").removeprefix("mailto:").partition("?")
    subject, body = (field.partition("=")[2] for field in fields.split("&"))
    return unquote(address), unquote(subject), unquote(body)


def says(desk: Office, text: str, *, after: Sent | None = None, sender: str = JANE, **more: Any) -> Any:
    fields = (f"In-Reply-To: <{after.message_id}>",) if after else ()
    return desk.receive(mail(sender, text, fields=fields, **more))


def state(desk: Office) -> tuple[str, str | None]:
    return cast("tuple[str, str | None]", desk.rows("SELECT state, solved_by FROM ticket")[0])


def test_the_receipt_offers_the_article_by_title_and_link(desk: Office) -> None:
    says(desk, "How do I add an extension?")
    receipt = to(desk)
    assert f"- How to add an extension {PAGE} " in flat(receipt)
    assert f'href="{PAGE}"' in html(receipt)
    assert "Answer “That solved it”, and we close your request." in receipt.text
    assert desk.one("SELECT offered FROM ticket") == '["add-an-extension.en"]'
    assert 'offered to read: \\"How to add an extension\\"' in desk.one(
        "SELECT reasons FROM entry WHERE kind = 'customer'"
    )


def test_who_is_asked_for_what_is_missing_is_asked_in_their_language(desk: Office) -> None:
    says(desk, "Unsere Mailbox-Nachrichten kommen nicht mehr per E-Mail an.", sender=KARL)
    receipt = to(desk, KARL).text
    asked = receipt[receipt.index("Damit können wir") : receipt.index("Das hilft")]
    assert asked.count("\n- ") == 3
    assert "- der Mailbox oder Nebenstelle, um die es geht" in asked
    assert "https://help.example/de/articles/voicemail-by-email.html" in receipt


def test_a_tap_under_the_article_closes_the_ticket_as_self_served(desk: Office) -> None:
    says(desk, "How do I add an extension?")
    address, subject, body = tapped(to(desk))
    desk.sent.clear()
    raw = mail(JANE, body.replace("\r\n", "\n"), subject=subject)
    desk.receive(raw.replace(f"To: {SUPPORT}".encode(), f"To: {address}".encode()))
    assert state(desk) == ("closed", "add-an-extension.en")
    assert [one for one in desk.sent if one.recipient == JANE] == []
    desk.let_pass(timedelta(minutes=10))
    assert "1 ticket solved by an article" in str(desk.notices[-1].mail["Subject"])
    assert "It was “How to add an extension”. #1001 is closed" in " ".join(desk.notices[-1].text.split())


def test_of_a_solved_ticket_nothing_is_to_be_checked_or_answered_by_a_time(rules: Path) -> None:
    (rules / "data" / "tickets.db").unlink(missing_ok=True)
    with office(rules, rules=RULES + SITE + TEAM) as here:
        says(here, "My voicemails no longer arrive by email since yesterday.")
        here.let_pass(timedelta(0))
        relay = to(here, DANA)
        assert ("Answer by:" in relay.text, "To check: " in relay.text) == (True, True)
        says(here, "That solved it", after=to(here), subject="Re: A question", message_id="t@acme-dental.example")
        here.let_pass(timedelta(minutes=10))
        [told] = [sent for sent in here.notices if "It was “When voicemails do not" in flat(sent)]
        assert ("To check: " in told.text, state(here)[0]) == (False, "closed")
        says(here, "#show", after=relay, sender=f"Dana <{DANA}>", subject="Re: A question", message_id="s@x.example")
        here.let_pass(timedelta(minutes=1))
        assert to(here, DANA) is not relay
        assert "Answer by:" not in to(here, DANA).text


def test_so_do_the_words_in_a_reply(desk: Office) -> None:
    says(desk, "How do I add an extension?")
    says(desk, "that solved it, thanks!\n\nJane", after=to(desk), subject="Re: A question")
    assert state(desk) == ("closed", "add-an-extension.en")


@pytest.mark.parametrize(
    ("words", "more"),
    [
        ("That solved it", {"verdict": ""}),
        ("That solved it", {"fields_of": "machine"}),
        ("That solved it for the front desk. The other phone is still wrong.", {}),
    ],
)
def test_nothing_else_closes_it(desk: Office, words: str, more: dict[str, Any]) -> None:
    says(desk, "How do I add an extension?")
    fields = [f"In-Reply-To: <{to(desk).message_id}>"]
    if more.pop("fields_of", ""):
        fields.append("Auto-Submitted: auto-replied")
    desk.receive(mail(JANE, words, subject="Re: A question", fields=tuple(fields), **more))
    assert state(desk) == ("open", None)


def test_once_one_of_us_has_answered_bare_words_are_about_his_answer(desk: Office) -> None:
    says(desk, "How do I add an extension?")
    desk.answer(1001)
    says(desk, "That solved it", after=to(desk), subject="Re: A question")
    assert state(desk) == ("open", None)


def test_what_is_opened_again_was_not_solved(desk: Office) -> None:
    says(desk, "How do I add an extension?")
    says(desk, "That solved it", after=to(desk), subject="Re: A question")
    says(desk, "It is gone again, please help.", after=to(desk), subject="Re: A question")
    assert state(desk) == ("open", None)


def test_a_ticket_that_was_offered_nothing_is_no_articles_success(desk: Office) -> None:
    says(desk, "How do I change the hold music?")
    assert "This may help" not in to(desk).text
    says(desk, "That solved it", after=to(desk), subject="Re: A question")
    assert state(desk) == ("open", None)


def test_after_hours_the_same_is_offered_and_in_an_emergency_nothing(desk: Office) -> None:
    desk.now = CLOSED_AT
    says(desk, "How do I add an extension?")
    assert PAGE in to(desk).text
    says(desk, "All our phones are down. How do I add an extension?", subject="Outage")
    assert "+1 212 555 0111" in str(to(desk).mail["Subject"])
    assert PAGE not in to(desk).text


def test_in_an_outage_nobody_is_asked_to_look_anything_up(desk: Office) -> None:
    says(desk, "I can't make outgoing calls.")
    assert "that you dialled" in to(desk).text
    says(desk, "Outgoing calls fail for everybody here, nobody can dial out.", subject="Outage")
    assert "that you dialled" not in to(desk).text
    assert "+1 212 555 0111" in to(desk).text


def with_files(*names: str, text: str = "We would like to port our number 212 555 0142 to you.") -> bytes:
    written = EmailMessage()
    written["From"], written["To"], written["Subject"] = JANE, SUPPORT, "Porting"
    written["Message-ID"] = f"<port-{len(names)}@acme-dental.example>"
    written.set_content(text)
    for name in names:
        written.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=name)
    verdict = "Authentication-Results: mx.harborvoice.example; dmarc=pass header.from=acme-dental.example\n"
    return verdict.encode() + written.as_bytes()


LOA = '[port_in]\nloa = "loa.pdf"\n'


def porting(rules: Path, more: str, raw: bytes) -> Sent:
    (rules / "data" / "tickets.db").unlink(missing_ok=True)
    with office(rules, rules=RULES + SITE + more) as here:
        here.receive(raw)
        return to(here)


def attached(sent: Sent) -> list[str | None]:
    return [part.get_filename() for part in sent.mail.iter_attachments()]


def test_who_ports_in_is_asked_for_the_papers_that_are_missing_and_gets_the_form(rules: Path) -> None:
    receipt = porting(rules, LOA, with_files("March bill 4471.pdf"))
    assert "Bringing a phone number to us takes 2 to 4 weeks in all." in flat(receipt)
    assert "letter of authorisation (LOA), signed" in receipt.text
    assert "the number of your account" in receipt.text
    assert "latest bill" not in receipt.text
    assert "The form of the letter is attached." in receipt.text
    assert attached(receipt) == ["loa.pdf"]
    assert b"4471" not in receipt.raw, "no name of a file comes back"


def test_the_form_goes_to_nobody_who_sent_the_letter_or_what_may_be_it(rules: Path) -> None:
    brought = porting(rules, LOA, with_files("LOA signed.pdf", "bill.pdf"))
    assert (attached(brought), "LOA" in brought.text) == ([], False)
    unclear = porting(rules, LOA, with_files("scan.pdf"))
    assert (attached(unclear), "If it is not among your files already" in unclear.text) == ([], True)
    complete = porting(rules, LOA, with_files("LOA.pdf", "bill.pdf", "account.pdf"))
    assert "please reply with" not in complete.text.lower()


def test_the_form_may_be_a_link(rules: Path) -> None:
    receipt = porting(rules, '[port_in]\nloa = "https://help.example/loa.pdf"\n', with_files())
    assert (attached(receipt), "https://help.example/loa.pdf" in receipt.text) == ([], True)


def test_who_answers_sees_what_the_receipt_asked_for(rules: Path) -> None:
    (rules / "data" / "tickets.db").unlink(missing_ok=True)
    with office(rules, rules=RULES + SITE + TEAM) as here:
        here.receive(mail(JANE, "My voicemails no longer arrive by email since yesterday."))
        here.let_pass(timedelta(0))
        [relay] = [sent for sent in here.sent if sent.recipient == DANA]
    assert 'Receipt:    offered to read: "When voicemails do not arrive by email"' in relay.text
    assert "asked for: the voicemail box, the address that is to get the messages" in flat(relay)
    assert "When voicemails do not arrive by email" in html(relay)


def test_porting_away_gets_help_and_no_obstacle(rules: Path) -> None:
    raw = mail(JANE, "We want to port our number 212 555 0142 away to another provider.")
    receipt = porting(rules, "", raw)
    assert "You may take a phone number along to another provider, and we help you with it" in flat(receipt)
    assert "please reply with" not in receipt.text.lower(), "the number was said"


@pytest.mark.parametrize(
    ("sender", "text", "takes", "again"),
    [
        (
            JANE,
            "Our caller ID name is wrong, people see an old name.",
            "takes 24 to 48 hours",
            "test it again after that",
        ),
        (
            KARL,
            "Unser Anrufername wird falsch angezeigt.",
            "braucht 24 bis 48 Stunden",
            "versuchen Sie es danach noch einmal",
        ),
    ],
)
def test_a_name_that_is_shown_wrong_takes_its_time_and_is_to_be_tested_again(
    desk: Office, sender: str, text: str, takes: str, again: str
) -> None:
    says(desk, text, sender=sender)
    assert desk.one("SELECT playbook FROM ticket") == "caller_id_name"
    assert takes in flat(to(desk, sender))
    assert again in flat(to(desk, sender))
