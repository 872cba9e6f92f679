"""The verdict on machines: every mark that must silence us, and every person it must spare (H31 to H37)."""

from __future__ import annotations

import pytest

from mailbot.reading.message import read
from mailbot.reading.model import AutomaticKind, Border, Envelope

OWN = Border(own_addresses=frozenset({"support@example.net"}), own_domain="tickets.example.net")


def _kind(
    *fields: str,
    text: str = "Hello, the phone is dead.",
    subject: str = "Phones",
    sender: str = "ann@example.com",
    envelope: Envelope | None = None,
) -> AutomaticKind | None:
    raw = "\n".join([*fields, f"From: {sender}", f"Subject: {subject}", "", text])
    automatic = read(raw.encode(), envelope or Envelope(), OWN).automatic
    assert bool(automatic.reasons) == (automatic.kind is not None)
    return automatic.kind


@pytest.mark.parametrize(
    "field",
    [
        # RFC 3834 section 5: the one value that means a person, in any dress.
        "Auto-Submitted: no",
        "Auto-Submitted: NO",
        "Auto-Submitted: no (auto-generated)",
        "Auto-Submitted:   no ; owner-email=x",
        "auto-submitted: (typed) no",
        "Auto-Submitted: (by (her) hand) No (typed (twice))",
        'Auto-Submitted: "no"',
        # Fields that sound like a machine's and are not.
        "X-Autoreply: no",
        "Precedence: first-class",
        "X-Auto-Response-Suppress: DR, RN, NRN",
        "Importance: high",
        "X-Mailer: Autopilot 3",
        "Reply-To: noreply@example.com",
        # Providers of mailboxes write it for persons, too.
        "Feedback-ID: 16292305:user:proton",
        "Feedback-ID: i0c1c46bb:Fastmail",
        "Feedback-ID: webmail:example.com:bgweb:bgweb12",
    ],
)
def test_people_are_spared(field: str) -> None:
    assert _kind(field) is None


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("Auto-Submitted: auto-replied", AutomaticKind.AUTO_REPLY),
        ("AUTO-SUBMITTED: Auto-Replied (vacation)", AutomaticKind.AUTO_REPLY),
        ("Auto-Submitted: auto-generated; owner-email=x", AutomaticKind.AUTO_GENERATED),
        ("Auto-Submitted: auto-notified", AutomaticKind.AUTO_GENERATED),
        ("Auto-Submitted: x-something-new", AutomaticKind.AUTO_GENERATED),
        ("X-Autoreply: yes", AutomaticKind.AUTO_REPLY),
        ("X-Autorespond: x", AutomaticKind.AUTO_REPLY),
        ("Precedence: auto_reply", AutomaticKind.AUTO_REPLY),
        ("X-Precedence: Auto-Reply", AutomaticKind.AUTO_REPLY),
        ("Precedence: bulk", AutomaticKind.BULK),
        ("Precedence: junk", AutomaticKind.BULK),
        ("Precedence: list", AutomaticKind.LIST),
        ("List-Id: <phones.example.org>", AutomaticKind.LIST),
        ("List-Post: <mailto:phones@example.org>", AutomaticKind.LIST),
        ("Sender: owner-phones@example.org", AutomaticKind.LIST),
        ("List-Unsubscribe: <https://example.org/u>", AutomaticKind.BULK),
        ("Feedback-ID: spring:1071579:news:sender", AutomaticKind.BULK),
        ("Feedback-ID: 1.eu-west-1.Zm9v:AmazonSES", AutomaticKind.BULK),
        ("Feedback-ID: user:proton:news:sender", AutomaticKind.BULK),
        ("X-Auto-Response-Suppress: All", AutomaticKind.AUTO_GENERATED),
        ("X-Auto-Response-Suppress: DR, OOF, AutoReply", AutomaticKind.AUTO_GENERATED),
        ("Return-Path: <>", AutomaticKind.AUTO_GENERATED),
        ("X-Loop: somebody@example.org", AutomaticKind.AUTO_GENERATED),
    ],
)
def test_declared_machines(field: str, kind: AutomaticKind) -> None:
    assert _kind(field) is kind


@pytest.mark.parametrize(
    "sender",
    ["no-reply@example.com", "noreply@example.com", "DoNotReply@example.com", "tickets-noreply@example.com"],
)
def test_senders_that_read_no_answers(sender: str) -> None:
    assert _kind(sender=sender) is AutomaticKind.AUTO_GENERATED


def test_a_person_whose_name_begins_alike_is_spared() -> None:
    assert _kind(sender="nora.reply@example.com") is None
    assert _kind(sender="bouncer@example.com") is None


def test_null_reverse_path_of_the_envelope() -> None:
    assert _kind(envelope=Envelope(reverse_path="")) is AutomaticKind.AUTO_GENERATED
    assert _kind("Return-Path: <>", envelope=Envelope(reverse_path="ann@example.com")) is None


@pytest.mark.parametrize(
    ("hops", "kind"), [(59, None), (60, AutomaticKind.AUTO_GENERATED), (101, AutomaticKind.AUTO_GENERATED)]
)
def test_mail_that_goes_around(hops: int, kind: AutomaticKind | None) -> None:
    hop = "Received: from a by b; Mon, 5 Jan 2026 08:00:00 +0000"
    assert _kind(*[hop] * hops) is kind


def test_more_than_100_hops_are_noted() -> None:
    raw = b"Received: x\n" * 101 + b"From: ann@example.com\n\nx"
    message = read(raw)
    assert "more than 100 Received fields" in message.defects
    assert len(message.received) == 101


AWAY = [
    ("Out of office", "I will be out of the office until Monday."),
    ("Out of Office: your mail", "Thanks for your message. I am away until 12 January, with limited access to e-mail."),
    ("Automatic reply: Phones", ""),
    ("AUTO: Ann is out of the office (returning 12 Jan)", "I am out of the office until 12 Jan."),
    ("Abwesend Re: Telefon", "Vielen Dank. Ich bin ab dem 5.1. wieder erreichbar."),
    ("Abwesenheitsnotiz", "Ich bin bis 12. Januar nicht im Büro."),
    ("Automatische Antwort: Telefon", "Vielen Dank für Ihre Nachricht."),
    ("Réponse automatique : téléphone", "Je suis en congé jusqu'au 12 janvier."),
    ("Absence du bureau", "Je suis absent jusqu'au 12 janvier."),
    ("Absence : Re: vos postes", "Je suis absent jusqu'au 12 janvier."),
    ("Férias", "Estou de férias até 12 de janeiro."),
    ("Out of office", "I will be out of the office until Monday. How can we help? Please call reception."),
    ("Out of office", "I am out of the office. Can you please contact Bob for urgent matters?"),
    ("Abwesend", "Ich bin im Urlaub. Können Sie bitte meine Kollegin unter der Rufnummer 12 anrufen?"),
    ("De vacaciones", "Estoy de vacaciones. ¿Pueden llamar al número 12?"),
    ("Automatic reply to your message", "We have it."),
    ("Auto - Re: Phones", "We have it."),
    ("On vacation", "I am on vacation until 12 January. For urgent matters please call Bob at extension 12."),
    ("Abwesenheit", "Ich bin im Urlaub. In dringenden Fällen können Sie die Zentrale anrufen."),
    ("Respuesta automática: teléfono", "Estoy de vacaciones."),
    ("Fuera de la oficina", "Estaré fuera hasta el 12 de enero."),
    ("Risposta automatica: telefono", "Sono in ferie."),
    ("Fuori sede", "Sono fuori fino al 12 gennaio."),
    ("Afwezig", "Ik ben tot 12 januari niet aanwezig."),
    ("Resposta automática", "Estou de férias."),
    ("Autosvar: telefon", "Jag är på semester."),
    ("Automaattinen vastaus", "Olen lomalla."),
    ("Odpowiedź automatyczna", "Jestem na urlopie."),
    ("Автоответ", "Я в отпуске до 12 января."),
    ("自動応答", "不在にしております。"),
]


@pytest.mark.parametrize(("subject", "text"), AWAY)
def test_out_of_office_without_marks(subject: str, text: str) -> None:
    assert _kind(subject=subject, text=text) is AutomaticKind.AUTO_REPLY


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        # People who write about being away, or answer such a note.
        ("Re: Out of office", "I will be back on Monday, please call then."),
        ("Our office is closed", "Nobody answers the phone. When I return the call, it is dead."),
        ("Out of office greeting", "Please record a new greeting for our voicemail."),
        ("Vacation", "Can you set the phones to night mode next week?"),
        ("Auto attendant", "The auto attendant plays the wrong text."),
        ("Question", "I am out of the office until Monday, please call my mobile 555-0112."),
        ("Urlaub", "Bitte leiten Sie die 555-0112 um."),
        ("AutoDial broken", "It dials by itself."),
        # The words of telephone systems.
        ("Auto-attendant does not answer", "Nobody gets to the menu."),
        ("Auto-attendant", "Please change the greeting."),
        ("Automatic reply for missed calls", "Where do we set it up?"),
        ("Automatische Antwort auf SMS", "Wo stelle ich das ein?"),
        ("Autoresponder for text messages", "It says the wrong hours."),
        # Who will be away has calls sent elsewhere.
        ("Vacation message for our main line", "I will be back on Monday. How do I record it?"),
        ("Holiday notice for phones", "I will be back Monday. Please route our calls to my mobile."),
        ("Out of office phones", "I will be out of the office next week, can you send my calls to Bob?"),
        ("Urlaub: Telefon umleiten", "Ich bin im Urlaub, bitte leiten Sie meine Durchwahl auf 12 um."),
        ("Absent la semaine prochaine", "Je suis absent lundi, pouvez-vous renvoyer mes appels ?"),
        ("De vacaciones", "Estoy de vacaciones, ¿pueden desviar mi extensión?"),
        ("Ausência", "Estarei ausente; podem desviar o ramal 12?"),
    ],
)
def test_people_who_write_about_it(subject: str, text: str) -> None:
    assert _kind(subject=subject, text=text) is None


def test_words_in_quoted_text_do_not_count() -> None:
    text = (
        "Shall I ask again?\n\nOn Mon, 5 Jan 2026 at "
        "10:00, Bob <bob@example.net> "
        "wrote:\n> I am out of "
        "the office until Monday."
    )
    assert _kind(subject="Out of the office rule", text=text) is None


@pytest.mark.parametrize(
    "text",
    [
        "My mailbox is protected by Boxbe.",
        "I AM USING SPAM ARREST to keep my inbox clean.",
        "Click the link below to be put on my guest list.",
        "Please click on the link below to have your address added to the recipient's allowed list.",
        "Follow this link to have me deliver your message.",
        "Your address is not pre-approved.",
        "Your mail requires confirmation before it is on my whitelist.",
        "https://filter.example.com/whitelist.aspx?id=1",
        "Please PROVE THAT YOU ARE A PERSON.",
        "Reply to this message and I will release your mail.",
        "Confirm this e-mail and it is allowed through.",
        "You will be added to the approved senders.",
    ],
)
def test_challenge_response(text: str) -> None:
    assert _kind(subject="Re: Phones", text=f"Hello,\n\n{text}") is AutomaticKind.AUTO_REPLY


def test_own_mail() -> None:
    assert _kind(sender="Support <SUPPORT@example.net>") is AutomaticKind.OWN
    token = "aeaqaaad5efwm5j4j2uonka6erdq7zdn7nuprdy"
    fields = (f"Message-ID: <{token}.1e@tickets.example.net>", "Auto-Submitted: auto-generated")
    assert _kind(*fields) is AutomaticKind.OWN
    # Another program at our domain: an alarm of the telephone system is no mail of ours.
    alarm = ("Message-ID: <20261123.1@tickets.example.net>", "Auto-Submitted: auto-generated")
    assert _kind(*alarm) is AutomaticKind.AUTO_GENERATED
    # Only the id: an answer that a person forwarded back keeps it nowhere else.
    assert _kind(fields[0]) is None


def test_dmarc_report() -> None:
    raw = (
        b"From: reports@example.org\nSubject: Report Domain: example.net Submitter: example.org Report-ID: <1>\n"
        b"Content-Type: application/gzip; "
        b'name="example.org!example.net!1!2.xml.gz"\n'
        b"Content-Transfer-Encoding: base64\n\nH4sI\n"
    )
    assert read(raw).automatic.kind is AutomaticKind.REPORT


def test_abuse_report() -> None:
    raw = (
        b"From: abuse@example.org\nSubject: "
        b"x\nContent-Type: multipart/report; "
        b"report-type=feedback-report; boundary=b\n\n"
        b"--b\n\nA complaint.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n--b--\n"
    )
    assert read(raw).automatic.kind is AutomaticKind.REPORT


def test_all_reasons_are_given() -> None:
    raw = b"From: noreply@example.com\nPrecedence: bulk\nAuto-Submitted: auto-generated\n\nx"
    assert len(read(raw).automatic.reasons) == 3


GMAIL = "text/vnd.google.email-reaction+json"


def _with_part(text: str, type_: str = "text/plain") -> AutomaticKind | None:
    body = f"--b\n\n{text}\n--b\nContent-Type: {type_}\n\n{{}}\n--b--\n"
    return _kind('Content-Type: multipart/mixed; boundary="b"', text=body, sender="Ann Bell <ann@example.com>")


@pytest.mark.parametrize(
    "text", ["\U0001f44d\n\nAnn Bell hat über Gmail reagiert\n<https://www.google.com/gmail>", "\U0001f44d"]
)
def test_a_tapped_reaction_of_gmail_is_no_mail_of_a_persons(text: str) -> None:
    assert _with_part(text, GMAIL) is AutomaticKind.AUTO_REPLY


def test_a_reaction_of_outlook_is_known_by_the_name_of_its_sender() -> None:
    text = "\U0001f44d\nAnn Bell reacted to your message:"
    assert _kind(text=text, sender="Ann Bell <ann@example.com>") is AutomaticKind.AUTO_REPLY
    assert _kind(text=text, sender="Bob Lind <bob@example.com>") is None


@pytest.mark.parametrize("text", ["The carrier has not reacted to your message", "Nobody reacted to your message:"])
def test_who_writes_of_reactions_is_a_person(text: str) -> None:
    assert _kind(text=text, sender="Ann Bell <ann@example.com>") is None


def test_words_beside_a_reaction_are_a_persons() -> None:
    assert _with_part("All our phones are down, please call us.", GMAIL) is None
