"""What an agent's reply carries to the customer beside its words, and what never does."""

from __future__ import annotations

import os
import re
import struct
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from email import policy
from email.message import EmailMessage, Message
from pathlib import Path

import pytest

from mailbot.deciding.understanding import understand
from mailbot.reading.model import Border, Envelope
from mailbot.worker import FAST, ReadingChild
from tests.service import test_relays
from tests.service.office import BORDER, RULES, SUPPORT, Office, Sent, mail, office, passed
from tests.service.test_relays import DANA, TEAM, asked, questions, quoted, relays, to_customer

SCREEN = (Path(__file__).parent.parent / "reading" / "written" / "screen.png").read_bytes()
LOGO = (Path(__file__).parent.parent / "reading" / "written" / "logo.png").read_bytes()
WORDS = "Hello Jane,\n\nplease upload it under Settings."
HTML = "<p>Hello Jane,</p><p>please upload it under <b>Settings</b>.</p>"
PLACE = b"GPS 40.7128 N SECRET-PLACE"
CARD = b"BEGIN:VCARD\nVERSION:3.0\nFN:%s\nTEL:+1 212 555 0190\nEND:VCARD\n"


KEY_FILE = ("application/pgp-keys", "OpenPGP_0x1234.asc")


def key(owner: str) -> bytes:
    """Return a public key in armour (RFC 9580): a key of no use, and the packet that names its owner."""
    packets = b"\x98\x33" + bytes(51) + b"\xb4" + bytes([len(owner)]) + owner.encode()
    lines = b"\n".join(b64encode(packets)[at : at + 64] for at in range(0, 4 * len(packets) // 3 + 4, 64))
    return b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + lines + b"\n=AbC1\n-----END PGP PUBLIC KEY BLOCK-----\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path, rules=RULES + TEAM) as opened:
        yield opened


def photograph() -> bytes:
    """A picture as a telephone makes it: where it was taken stands before and behind what is seen."""
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0" + PLACE
    shown = b"\xff\xc0\0\x0b\x08\0\x1e\0\x14\x01\x01\x11\0\xff\xda\0\x02\x10\xff\0\x20\xff\xd9"
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + shown + PLACE


class Reply:
    """A reply to a relay, as a mail program composes it part by part."""

    def __init__(self, relay: Sent, words: str = WORDS, html: str = HTML, *, verdict: str = "pass") -> None:
        self.mail = EmailMessage(policy.SMTP)
        self.mail["From"] = f"Dana <{DANA}>"
        self.mail["To"] = SUPPORT
        self.mail["Subject"] = f"Re: {relay.mail['Subject']}"
        self.mail["Message-ID"] = f"<r{abs(hash((words, html))):x}@phone.example>"
        self.mail["In-Reply-To"] = f"<{relay.message_id}>"
        below = quoted(relay)
        self.mail.set_content(words + below)
        self.verdict = verdict
        if html:
            quotation = "<br>".join(below.replace("<", "&lt;").splitlines())
            self.mail.add_alternative(f"<html><body>{html}<br>{quotation}</body></html>", subtype="html")

    def picture(self, octets: bytes, kind: str, cid: str) -> Reply:
        [shown] = [part for part in self.mail.walk() if part.get_content_type() == "text/html"]
        shown.add_related(octets, "image", kind, cid=f"<{cid}>", filename="IMG_1.jpg", disposition="inline")
        return self

    def file(self, octets: bytes, kind: str, name: str) -> Reply:
        maintype, _, subtype = kind.partition("/")
        if kind == "message/rfc822":
            inner = EmailMessage()
            inner.set_content(octets.decode())
            self.mail.add_attachment(inner, filename=name)
        else:
            self.mail.add_attachment(octets, maintype, subtype, filename=name)
        return self

    @property
    def raw(self) -> bytes:
        head = (passed(f"Dana <{DANA}>", self.verdict) + "\r\n").encode() if self.verdict else b""
        return head + self.mail.as_bytes()


def answer_to(desk: Office, reply: Reply) -> Sent:
    desk.receive(reply.raw)
    [answer] = to_customer(desk)
    return answer


def html_of(answer: Sent) -> str:
    body = answer.mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def octets_of(part: Message) -> bytes:
    octets = part.get_payload(decode=True)
    return octets if isinstance(octets, bytes) else b""


def files_of(answer: Sent) -> dict[str, bytes]:
    return {str(part.get_filename()): octets_of(part) for part in answer.mail.iter_attachments()}


def pictures_of(answer: Sent) -> list[bytes]:
    return [octets_of(part) for part in answer.mail.walk() if part["Content-ID"]]


class TestWhatGoesAlong:
    def test_the_formatting_does(self, desk: Office) -> None:
        asked(desk)
        answer = answer_to(desk, Reply(relays(desk)[0]))
        assert "<p>please upload it under <b>Settings</b>.</p>" in html_of(answer)
        assert answer.text.split() == WORDS.split()

    def test_below_commands_it_is_that_of_the_words(self, desk: Office) -> None:
        asked(desk)
        answer = answer_to(desk, Reply(relays(desk)[0], f"#close\n\n{WORDS}", f"<div>#close</div>{HTML}"))
        assert "under <b>Settings</b>" in html_of(answer)
        assert "#close" not in answer.raw.decode()

    def test_html_that_says_other_words_is_not_sent(self, desk: Office) -> None:
        asked(desk)
        answer = answer_to(desk, Reply(relays(desk)[0], html="<p>Hello <b>Bolt Logistics</b>!</p>"))
        assert "Bolt" not in answer.raw.decode()
        assert "please upload it under Settings." in html_of(answer)

    def test_without_html_the_words_are_made_into_it(self, desk: Office) -> None:
        asked(desk)
        answer = answer_to(desk, Reply(relays(desk)[0], "Is 1 < 2?\nYes: https://harborvoice.example/a", ""))
        assert "Is 1 &lt; 2?<br>" in html_of(answer)
        assert '<a href="https://harborvoice.example/a">' in html_of(answer)

    @pytest.mark.parametrize("source", ["cid:shot@phone", "data:image/jpeg;base64,"])
    def test_pasted_pictures_do_and_nothing_of_where_they_were_taken(self, desk: Office, source: str) -> None:
        asked(desk)
        if source.startswith("data:"):
            source += b64encode(photograph()).decode()
        reply = Reply(relays(desk)[0], html=HTML.replace("</p><p>", f'</p><p><img src="{source}"></p><p>'))
        if source.startswith("cid:"):
            reply.picture(photograph(), "jpeg", "shot@phone")
        answer = answer_to(desk, reply)
        [picture] = pictures_of(answer)
        assert picture.startswith(b"\xff\xd8")
        assert picture.endswith(b"\xff\xd9")
        assert b"SECRET" not in picture
        assert "shot@phone" not in answer.raw.decode()
        assert "IMG_1" not in answer.raw.decode()

    def test_files_do(self, desk: Office) -> None:
        asked(desk)
        reply = Reply(relays(desk)[0]).file(b"%PDF-1.7", "application/pdf", "../bill no. 7.pdf")
        answer = answer_to(desk, reply.file(photograph(), "image/jpeg", "site.jpg"))
        files = files_of(answer)
        assert files["bill no. 7.pdf"] == b"%PDF-1.7"
        assert b"SECRET" not in files["site.jpg"]
        assert files["site.jpg"].endswith(b"\x10\xff\0\x20\xff\xd9"), "what is seen is as it was"

    def test_a_confirmed_reply_brings_them_too(self, desk: Office) -> None:
        asked(desk)
        desk.receive(Reply(relays(desk)[0], verdict="").file(b"%PDF", "application/pdf", "bill.pdf").raw)
        assert to_customer(desk) == []
        desk.receive(test_relays.TestNobodyElse.answer(questions(desk)[0], "yes"))
        desk.processor.step()
        desk.deliver()
        [answer] = to_customer(desk)
        assert "<b>Settings</b>" in html_of(answer)
        assert files_of(answer) == {"bill.pdf": b"%PDF"}

    def test_the_process_that_reads_mail_brings_the_same(self, desk: Office) -> None:
        """It can open nothing any more, so that all that is needed must be loaded."""
        asked(desk)
        with closing(ReadingChild(FAST)) as child:
            desk.processor = desk.processor_with(child)
            reply = Reply(relays(desk)[0], html=HTML + '<p><img src="cid:a@b"></p>').picture(SCREEN, "png", "a@b")
            answer = answer_to(desk, reply.file(b"%PDF", "application/pdf", "bill.pdf"))
        assert "<b>Settings</b>" in html_of(answer)
        assert len(pictures_of(answer)) == len(files_of(answer)) == 1


class TestWhatStaysBehind:
    def test_the_logo_of_a_signature(self, desk: Office) -> None:
        asked(desk)
        signed = f'{HTML}<div class="gmail_signature"><img src="cid:logo@dana"></div>'
        answer = answer_to(desk, Reply(relays(desk)[0], html=signed).picture(LOGO, "png", "logo@dana"))
        assert pictures_of(answer) == []
        assert files_of(answer) == {}

    def test_the_agents_own_card(self, desk: Office) -> None:
        """Thunderbird attaches it to every mail."""
        asked(desk)
        answer = answer_to(desk, Reply(relays(desk)[0]).file(CARD % b"Dana Ortiz", "text/vcard", "dana.vcf"))
        assert files_of(answer) == {}

    def test_an_address_in_the_name_of_a_file(self, desk: Office) -> None:
        asked(desk)
        answer = answer_to(desk, Reply(relays(desk)[0]).file(b"%PDF", "application/pdf", f"scan for {DANA}.pdf"))
        assert list(files_of(answer)) == ["file.pdf"]

    def test_links_to_write_to_the_agent(self, desk: Office) -> None:
        asked(desk)
        linked = HTML.replace("Settings", f'<a href="mailto:{DANA}">Settings</a>')
        answer = answer_to(desk, Reply(relays(desk)[0], html=linked))
        assert DANA not in answer.raw.decode()

    def test_signatures_of_the_mail(self, desk: Office) -> None:
        asked(desk)
        reply = Reply(relays(desk)[0]).file(b"certificate of Dana", "application/pkcs7-signature", "smime.p7s")
        assert files_of(answer_to(desk, reply)) == {}

    def test_his_own_key(self, desk: Office) -> None:
        """Programs attach it to every mail that is signed by OpenPGP."""
        asked(desk)
        answer = answer_to(desk, Reply(relays(desk)[0]).file(key(f"Dana Ortiz <{DANA}>"), *KEY_FILE))
        assert files_of(answer) == {}

    def test_anothers_key_is_asked_about(self, desk: Office) -> None:
        asked(desk)
        desk.receive(Reply(relays(desk)[0]).file(key("Kim Osei <kim@carrier.example>"), *KEY_FILE).raw)
        [question] = questions(desk)
        assert ("a key" in " ".join(question.text.split()), to_customer(desk)) == (True, [])

    @pytest.mark.parametrize(
        ("kind", "name", "octets"),
        [
            ("text/plain", "notes.txt", b"ticket log by %s"),
            ("text/html", "page.html", b"<a href='MAILTO:%s'>write</a>"),
            ("application/pdf", "a.pdf", b"%%PDF-1.4 /Author (%s)"),
            ("application/octet-stream", "meeting", b"BEGIN:VCALENDAR\nORGANIZER:mailto:%s\nEND:VCALENDAR"),
            ("text/rfc822-headers", "header.txt", b"From: %s\n"),
        ],
    )
    def test_a_file_that_tells_an_address_of_his_is_asked_about(
        self, desk: Office, kind: str, name: str, octets: bytes
    ) -> None:
        asked(desk)
        desk.receive(Reply(relays(desk)[0]).file(octets % DANA.encode(), kind, name).raw)
        [question] = questions(desk)
        assert (name in question.text, to_customer(desk)) == (True, [])

    @pytest.mark.parametrize(
        "below",
        [
            "Dana\n+1 646 555 0133\n\nPS: please leave the phone on tonight.",
            "--\nDana Ortiz\nprivate +1 646 555 0190\nWe are here for you, day and night.",
        ],
    )
    def test_a_signature_above_more_words_is_asked_about(self, desk: Office, below: str) -> None:
        asked(desk)
        desk.receive(Reply(relays(desk)[0], f"{WORDS}\n\n{below}", "").raw)
        [question] = questions(desk)
        assert ("which may be private" in " ".join(question.text.split()), to_customer(desk)) == (True, [])

    @pytest.mark.parametrize("kind", ["svg+xml", "heic", "tiff"])
    def test_a_picture_among_the_words_that_cannot_be_shown_is_asked_about(self, desk: Office, kind: str) -> None:
        asked(desk)
        html = f'{HTML}<p><img src="cid:it@dana"></p><p>See it?</p>'
        reply = Reply(relays(desk)[0], f"{WORDS}\n\nSee it?", html).picture(b"<svg/>", kind, "it@dana")
        desk.receive(reply.raw)
        [question] = questions(desk)
        assert "cannot be shown" in " ".join(question.text.split())
        assert to_customer(desk) == []


class TestWhatIsAskedAbout:
    @pytest.mark.parametrize(
        ("kind", "name", "octets", "why"),
        [
            ("text/vcard", "bob.vcf", CARD % b"Robert", "a card"),
            (
                "text/calendar",
                "visit.ics",
                b"BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n",
                "",
            ),
            ("message/rfc822", "carrier.eml", b"we know\n", "a whole mail"),
            ("image/heic", "IMG_7.heic", b"\0\0\0\x18ftypheic", "where and with what"),
            ("video/quicktime", "IMG_8.mov", b"\0\0\0\x18ftypqt  ", "where and with what"),
            ("application/octet-stream", "IMG_9.jpg", b"no picture", "where and with what"),
        ],
    )
    def test_files_that_may_tell_more_than_is_meant(
        self, desk: Office, kind: str, name: str, octets: bytes, why: str
    ) -> None:
        asked(desk)
        desk.receive(Reply(relays(desk)[0]).file(octets, kind, name).raw)
        assert to_customer(desk) == []
        [question] = questions(desk)
        assert name in question.text
        assert why in " ".join(question.text.split())
        desk.receive(test_relays.TestNobodyElse.answer(question, "yes"))
        desk.processor.step()
        desk.deliver()
        [answer] = to_customer(desk)
        assert list(files_of(answer)) == [name]

    def test_what_is_too_large_to_arrive(self, tmp_path: Path) -> None:
        with office(tmp_path, rules=RULES + TEAM + "[limits]\nmessage_bytes = 300000\n") as desk:
            asked(desk)
            desk.receive(Reply(relays(desk)[0]).file(b"x" * 250_000, "application/zip", "logs.zip").raw)
            assert to_customer(desk) == []
            [question] = questions(desk)
            assert "larger than what surely arrives" in " ".join(question.text.split())
            desk.receive(test_relays.TestNobodyElse.answer(question, "yes"))
            desk.processor.step()
            desk.deliver()
            [answer] = to_customer(desk)
            assert files_of(answer) == {}
            assert answer.text.split() == WORDS.split()

    def test_a_picture_without_words(self, desk: Office) -> None:
        """As an iPhone sends a screenshot: its own line is all the text there is."""
        asked(desk)
        html = '<div><img src="cid:it@dana"></div><div>Sent from my iPhone</div>'
        desk.receive(Reply(relays(desk)[0], "Sent from my iPhone", html).picture(SCREEN, "png", "it@dana").raw)
        [question] = questions(desk)
        assert "a picture without a word" in " ".join(question.text.split())
        assert to_customer(desk) == []
        desk.receive(test_relays.TestNobodyElse.answer(question, "yes"))
        desk.processor.step()
        desk.deliver()
        [answer] = to_customer(desk)
        assert (len(pictures_of(answer)), "iPhone" in answer.text) == (1, False)

    def test_files_without_words(self, desk: Office) -> None:
        asked(desk)
        desk.receive(Reply(relays(desk)[0], "", "").file(b"%PDF", "application/pdf", "bill.pdf").raw)
        assert to_customer(desk) == []
        assert "no words" in questions(desk)[0].text

    def test_pictures_that_cannot_be_told_from_a_logo(self, desk: Office) -> None:
        asked(desk)
        other = '<p>Somebody else\'s words</p><img src="cid:a@b">'
        desk.receive(Reply(relays(desk)[0], html=other).picture(SCREEN, "png", "a@b").raw)
        assert to_customer(desk) == []
        assert "pictures cannot be told" in " ".join(questions(desk)[0].text.split())


PHONE = "Best wishes\nDana Ortiz\n+1 212 555 0190\ndana@private.example"


class TestSignatures:
    """No line of two hyphens stands above what a telephone adds."""

    def test_a_private_number_below_the_name_stays_behind(self, desk: Office) -> None:
        asked(desk)
        html = HTML + "".join(f"<div>{line}</div>" for line in PHONE.split("\n"))
        answer = answer_to(desk, Reply(relays(desk)[0], f"{WORDS}\n\n{PHONE}", html))
        assert "555" not in answer.text + html_of(answer)
        assert "private.example" not in answer.raw.decode()
        assert answer.text.split()[-4:] == ["Best", "wishes", "Dana", "Ortiz"]
        assert "<b>Settings</b>" in html_of(answer), "the formatting is that of the words that are left"

    def test_what_the_customer_knows_goes_along(self, desk: Office) -> None:
        asked(desk, text="Please call me on +1 212 555 0177.")
        words = f"{WORDS}\n\nDana Ortiz\n+1 212 555 0100\nWe called you on\n+1 212 555 0177"
        assert answer_to(desk, Reply(relays(desk)[0], words, "")).text.split() == words.split()

    def test_a_number_below_no_name_is_asked_about(self, desk: Office) -> None:
        asked(desk)
        desk.receive(Reply(relays(desk)[0], f"{WORDS}\n\nBest\n+1 212 555 0190", "").raw)
        assert to_customer(desk) == []
        assert "ends with +1 212 555 0190" in " ".join(questions(desk)[0].text.split())

    def test_what_his_replies_always_end_with_is_learned(self, desk: Office) -> None:
        asked(desk)
        ending = "\n\nCheers\nDee\nThe phone people\n+1 212 555 0190"
        desk.receive(Reply(relays(desk)[0], WORDS + ending, "").raw)
        desk.receive(test_relays.TestNobodyElse.answer(questions(desk)[0], "yes"))
        desk.processor.step()
        desk.deliver()
        [first] = to_customer(desk)
        assert "0190" in first.text, "he said so"
        asked(desk, text="And the music at night?", message_id="q2@acme-dental.example")
        desk.receive(Reply(relays(desk)[-1], "The same way." + ending, "").raw)
        [_, second] = to_customer(desk)
        assert second.text.split() == ["The", "same", "way.", "Cheers"]

    @staticmethod
    def signed(relay: Sent, words: str, octets: bytes, *, below: str = "Dana") -> Reply:
        """Return a reply with a picture below its last line, which no program marks as one of a signature."""
        html = "".join(f"<p>{line}</p>" for line in (words, "Best wishes", below))
        reply = Reply(relay, f"{words}\n\nBest wishes\n{below}", f'{html}<p><img src="cid:logo@dana"></p>')
        return reply.picture(octets, "png", "logo@dana")

    def test_a_picture_below_the_name_is_asked_about_once_and_stays_behind(self, desk: Office) -> None:
        asked(desk)
        desk.receive(self.signed(relays(desk)[0], "It is on its way.", LOGO).raw)
        assert to_customer(desk) == []
        assert "a picture stands below your name" in " ".join(questions(desk)[0].text.split())
        desk.receive(test_relays.TestNobodyElse.answer(questions(desk)[0], "yes"))
        desk.processor.step()
        desk.deliver()
        asked(desk, text="And the music at night?", message_id="q2@acme-dental.example")
        desk.receive(self.signed(relays(desk)[-1], "The same way.", LOGO).raw)
        assert len(questions(desk)) == 1
        for answer, said in zip(to_customer(desk), ("It is on its way.", "The same way."), strict=True):
            assert answer.text.split() == [*said.split(), "Best", "wishes", "Dana"]
            assert pictures_of(answer) == []
            assert "<img" not in html_of(answer)
        asked(desk, text="And on Sundays?", message_id="q3@acme-dental.example")
        desk.receive(self.signed(relays(desk)[-1], "As on Saturdays.", SCREEN).raw)
        assert (len(questions(desk)), len(to_customer(desk))) == (2, 2), "another picture may be meant for her"

    def test_so_it_does_once_he_has_written_without_it_for_a_while(self, desk: Office) -> None:
        asked(desk)
        desk.receive(self.signed(relays(desk)[0], "It is on its way.", LOGO).raw)
        desk.receive(test_relays.TestNobodyElse.answer(questions(desk)[0], "yes"))
        desk.processor.step()
        for number in range(6):
            asked(desk, text=f"And what of {number}?", message_id=f"n{number}@acme-dental.example")
            desk.receive(Reply(relays(desk)[-1], f"All is well with {number}.", "").raw)
        asked(desk, text="And the music at night?", message_id="q2@acme-dental.example")
        desk.receive(self.signed(relays(desk)[-1], "The same way.", LOGO).raw)
        answers = to_customer(desk)
        assert (len(questions(desk)), len(answers)) == (1, 8)
        assert answers[-1].text.split()[:3] == ["The", "same", "way."]
        assert pictures_of(answers[-1]) == []

    def test_a_picture_below_no_name_goes_along(self, desk: Office) -> None:
        asked(desk)
        answer = answer_to(desk, self.signed(relays(desk)[0], "It is on its way.", SCREEN, below="See here:"))
        assert pictures_of(answer) == [SCREEN]


class TestInlineAnswers:
    QUESTIONS = "Can we keep our numbers?\nAnd when does the technician come?\n\nThanks!\nJane"

    def between(self, relay: Sent, *, wrong: str = "") -> str:
        """Return the quoted relay with answers between its lines."""
        lines = [f"> {line}".rstrip() for line in relay.text.splitlines()]
        found = "\n".join(["On Mon, Nov 23, 2026 at 10:00 AM Jane Roe <support@harborvoice.example> wrote:", *lines])
        for asks, answer in (("our numbers?", "All of them."), ("technician come?", "On Tuesday."), (wrong, "Done.")):
            if asks:
                found = re.sub(rf"(?m)^(.*{re.escape(asks)}.*)$", rf"\1\n\n{answer}\n", found, count=1)
        return "Hello Jane, see below.\n\n" + found

    def test_each_reaches_her_with_the_line_that_it_answers(self, desk: Office) -> None:
        asked(desk, text=self.QUESTIONS)
        [relay] = relays(desk)
        reply = Reply(relay, "", "")
        reply.mail.set_content(self.between(relay))
        answer = answer_to(desk, reply)
        assert answer.text.splitlines() == [
            *("Hello Jane, see below.", "", "> Can we keep our numbers?", "", "All of them.", ""),
            *("> And when does the technician come?", "", "On Tuesday."),
        ]
        assert "<blockquote" in html_of(answer)

    def test_an_answer_to_a_line_of_ours_is_asked_about(self, desk: Office) -> None:
        asked(desk, text=self.QUESTIONS)
        [relay] = relays(desk)
        reply = Reply(relay, "", "")
        reply.mail.set_content(self.between(relay, wrong="1001"))
        desk.receive(reply.raw)
        assert to_customer(desk) == []
        assert "answers a line of my mail" in " ".join(questions(desk)[0].text.split())


class TestWhoGetsIt:
    COPIED = (
        (
            "Cc: Raj <raj@acme-dental.example>, raj@bolt.example, x@elsewhere.example,"
            f" {DANA}, team@harborvoice.example, {SUPPORT}"
        ),
    )

    def test_colleagues_of_hers_in_copy_do_and_nobody_else(self, desk: Office) -> None:
        ticket = asked(desk, fields=self.COPIED)
        [relay] = relays(desk)
        assert "raj@acme-dental.example" in relay.text, "the agent knows before he answers"
        desk.receive(Reply(relay).raw)
        answers = {sent.recipient: sent for sent in desk.sent if sent.mail["In-Reply-To"] == "<q1@acme-dental.example>"}
        answers = {one: sent for one, sent in answers.items() if "Settings" in sent.text}
        assert set(answers) == {"jane@acme-dental.example", "raj@acme-dental.example"}
        hers, his = answers["jane@acme-dental.example"], answers["raj@acme-dental.example"]
        assert (hers.mail["Cc"], his.mail["Cc"]) == ("raj@acme-dental.example", "jane@acme-dental.example")
        assert hers.message_id[:39] != his.message_id[:39], "each has a token of their own"
        assert hers.message_id[:39] not in his.raw.decode()
        again = mail(
            "Raj <raj@acme-dental.example>",
            "Thank you, and where is Settings?",
            subject="Re: A question",
            fields=(f"In-Reply-To: <{his.message_id}>",),
        )
        assert desk.receive(again).ticket == ticket

    def test_a_message_that_nothing_proves_adds_nobody(self, desk: Office) -> None:
        asked(desk, fields=self.COPIED, verdict="")
        desk.receive(Reply(relays(desk)[0]).raw)
        assert {sent.recipient for sent in desk.sent if "Settings" in sent.text and not sent.for_team} == {
            "jane@acme-dental.example"
        }


def test_a_customer_with_files_costs_no_second_reading(desk: Office) -> None:
    """Only what bears a relay's token is looked at for what it brings."""
    asked(desk)
    [relay] = relays(desk)
    reply = Reply(relay).file(b"%PDF", "application/pdf", "bill.pdf")
    assert re.search(r"[a-z2-7]{39}", reply.raw.decode())
    rules = desk.here.desk.rules
    border = Border((BORDER,))
    assert understand(reply.raw, Envelope(), border, rules).written.brought
    other = reply.raw.replace(relay.message_id[:39].encode(), b"x").replace(DANA.encode(), b"jane@acme-dental.example")
    assert not understand(other, Envelope(), border, rules).written.brought


def test_the_customers_mail_is_the_one_that_was_reviewed(desk: Office) -> None:
    """Formatting, a picture, a file, an answer to her line: read what git shows before `GOLDEN=write pytest`."""
    asked(desk, text="How do I change the music?\nAnd how long does the lobby ring?")
    words = (
        "Hello Jane,\n\nplease upload it under *Settings*, in two steps:\n\n1. Open Sounds\n2. Choose a file\n\n"
        "[image: image.png]\n\n> And how long does the lobby ring?\n\n40 seconds, from today on.\n\nBest wishes\nDana"
    )
    html = (
        "<p>Hello Jane,</p><p>please upload it under <b>Settings</b>, in two steps:</p><ol><li>Open <i>Sounds</i></li>"
        '<li>Choose a file</li></ol><p><img src="cid:shot@phone" width="420"></p><blockquote type="cite">And how long '
        "does the lobby ring?</blockquote><p>40 seconds, <span style='color:red'>from today on</span>.</p>"
        f"<p>Best wishes<br>Dana</p><p>{'<br>'.join(PHONE.split(chr(10))[1:])}</p>"
    )
    reply = Reply(relays(desk)[0], f"{words}\n\n{PHONE.partition(chr(10))[2]}", html)
    answer = answer_to(
        desk, reply.picture(SCREEN, "png", "shot@phone").file(b"%PDF-1.7", "application/pdf", "plan.pdf")
    )
    golden = Path(__file__).parent / "reply.eml"
    if os.environ.get("GOLDEN") == "write":
        golden.write_bytes(answer.raw.replace(b"\r\n", b"\n"))
    assert answer.raw.replace(b"\r\n", b"\n") == golden.read_bytes()
