"""Reply, quotation and signature in the structures of the usual programs, in many languages (H66)."""

from __future__ import annotations

import time

import pytest

from mailbot.reading.quotation.quoting import Parts, split

ATTRIBUTIONS = [
    # Gmail, Apple Mail, Thunderbird, Yahoo, Outlook for Mac and the web, in their languages.
    "On Mon, Jan 5, 2026 at 10:00 AM Support <support@example.net> wrote:",
    "On Mon, 5 Jan 2026 at 10:00, Support <\nsupport@example.net> wrote:",
    "On 5 Jan 2026, at 10:00, Support <support@example.net> wrote:",
    "On 05/01/2026 10:00, Support wrote:",
    "On Monday, January 5, 2026, 10:00:00 AM GMT+1, Support\n<support@example.net> wrote:",
    "Am 05.01.2026 um 10:00 schrieb Support:",
    "Am Mo., 5. Jan. 2026 um 10:00 Uhr schrieb Support <support@example.net>:",
    "Le lun. 5 janv. 2026 à 10:00, Support <support@example.net> a écrit :",
    "Le 05/01/2026 à 10:00, Support a écrit :",
    "El lun, 5 ene 2026 a las 10:00, Support (<support@example.net>) escribió:",
    "Il giorno lun 5 gen 2026 alle ore 10:00 Support <support@example.net>\nha scritto:",
    "Em seg., 5 de jan. de 2026 às 10:00, Support <support@example.net> escreveu:",
    "Op ma 5 jan 2026 om 10:00 schreef Support <support@example.net>:",
    "Den mån 5 jan. 2026 kl 10:00 skrev Support <support@example.net>:",
    "man. 5. jan. 2026 kl. 10.00 skrev Support <support@example.net>:",
    "ma 5. tammik. 2026 klo 10.00 Support (support@example.net) kirjoitti:",
    "pon., 5 sty 2026 o 10:00 Support <support@example.net> napisał(a):",
    "po 5. 1. 2026 v 10:00 odesílatel Support <support@example.net> napsal:",
    "пн, 5 янв. 2026 г. в 10:00, Support <support@example.net>:",
    "5 января 2026 г., 10:00, Support написал(а):",
    "5 Oca 2026 Pzt 10:00 tarihinde Support <support@example.net> şunu yazdı:",
    "2026年1月5日(月) 10:00 Support <support@example.net>:",
    "Support <support@example.net> 于2026年1月5日周一 10:00写道：",
    "2026년 1월 5일 (월) 오전 10:00, Support <support@example.net>님이 작성:",
    "2026-01-05 10:00 GMT+01:00 Support <support@example.net>:",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
@pytest.mark.parametrize("mark", ["> ", ""], ids=["marked", "bare"])
def test_attribution(attribution: str, mark: str) -> None:
    parts = split(f"Yes, both phones.\n\nAnn\n\n{attribution}\n\n{mark}Are both phones dead?\n{mark}Bob")
    assert parts.reply == "Yes, both phones.\n\nAnn"
    assert parts.quoted.startswith(attribution)
    assert parts.quoted.endswith("Bob")


BLOCKS = [
    "From: Support <support@example.net>\nSent: Monday, January 5, 2026 10:00 AM\nTo: Ann\nSubject: Phones",
    "Von: Support <support@example.net>\nGesendet: Montag, 5. Januar 2026 10:00\nAn: Ann\nBetreff: Telefone",
    "De : Support <support@example.net>\nEnvoyé : lundi 5 janvier 2026 10:00\nÀ : Ann\nObjet : Téléphones",
    "De: Support <support@example.net>\nEnviado: lunes, 5 de enero de 2026 10:00\nPara: Ann\nAsunto: Teléfonos",
    "Da: Support <support@example.net>\nInviato: lunedì 5 gennaio 2026 10:00\nA: Ann\nOggetto: Telefoni",
    "Van: Support <support@example.net>\nVerzonden: maandag 5 januari 2026 10:00\nAan: Ann\nOnderwerp: Telefoons",
    (
        "De: Support <support@example.net>\nEnviada "
        "em: segunda-feira, 5 de janeiro de 2026 10:00\n"
        "Para: Ann\nAssunto: Telefones"
    ),
    "Från: Support <support@example.net>\nSkickat: den 5 januari 2026 10:00\nTill: Ann\nÄmne: Telefoner",
    "Fra: Support <support@example.net>\nSendt: 5. januar 2026 10:00\nTil: Ann\nEmne: Telefoner",
    (
        "Lähettäjä: Support <support@example.net>\n"
        "Lähetetty: maanantai 5. tammikuuta 2026 10.00\n"
        "Vastaanottaja: Ann\nAihe: Puhelimet"
    ),
    "Od: Support <support@example.net>\nWysłano: poniedziałek, 5 stycznia 2026 10:00\nDo: Ann\nTemat: Telefony",
    "Od: Support <support@example.net>\nOdesláno: pondělí 5. ledna 2026 10:00\nKomu: Ann\nPředmět: Telefony",
    "От: Support <support@example.net>\nОтправлено: 5 января 2026 г. 10:00\nКому: Ann\nТема: Телефоны",
    "Kimden: Support <support@example.net>\nGönderildi: 5 Ocak 2026 Pazartesi 10:00\nKime: Ann\nKonu: Telefonlar",
    "发件人: Support <support@example.net>\n发送时间: 2026年1月5日 10:00\n收件人: Ann\n主题: 电话",
    "差出人: Support <support@example.net>\n送信日時: 2026年1月5日 10:00\n宛先: Ann\n件名: 電話",
    # Bold, as a text made from HTML has it.
    "*From:* Support <support@example.net>\n*Sent:* Monday, January 5, 2026 10:00 AM\n*To:* Ann\n*Subject:* Phones",
    # Windows 8 Mail: no addresses, no subject, direction marks.
    (
        "From: Support Team\nSent: \u200eMonday\u200e, "
        "\u200eJanuary\u200e \u200e5\u200e, \u200e2026 "
        "\u200e10\u200e:\u200e00\nTo: Ann"
    ),
]


@pytest.mark.parametrize("block", BLOCKS)
def test_header_block(block: str) -> None:
    parts = split(f"Yes, both.\n\n{block}\n\nAre both phones dead?")
    assert parts.reply == "Yes, both."
    assert "Are both phones dead?" in parts.quoted


@pytest.mark.parametrize(
    "separator",
    [
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "-----Message d'origine-----",
        "-----Mensaje original-----",
        "-----Messaggio originale-----",
        "-----Oorspronkelijk bericht-----",
        "-----Původní zpráva-----",
        "------------------ 原始邮件 ------------------",
        "---------- Forwarded message ---------",
        "-------- Weitergeleitete Nachricht --------",
        "Begin forwarded message:",
        "---- On Mon, 05 Jan 2026 10:00:00 +0100 Support <support@example.net> wrote ----",
        "##- Please type your reply above this line -##",
        "________________________________\nFrom: Support <support@example.net>",
    ],
)
def test_separator(separator: str) -> None:
    parts = split(f"Yes, both.\n\n{separator}\n\nAre both phones dead?")
    assert parts.reply == "Yes, both."


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Sent from Samsung Mobile",
        "Get Outlook for iOS",
        "Von meinem iPhone gesendet",
        "Gesendet mit der WEB.DE Mail App",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
        "Verzonden vanaf mijn iPhone",
        "Skickat från min iPhone",
        "Sendt fra min iPhone",
        "Lähetetty iPhonesta",
        "Wysłane z iPhone'a",
        "Odesláno z iPhonu",
        "Отправлено с iPhone",
        "iPhoneから送信",
        "发自我的 iPhone",
        "나의 iPhone에서 보냄",
        "iPhone'umdan gönderildi",
        # The mark of Streak and Mailtrack.
        "\u1427",
    ],
)
def test_phone_signature(line: str) -> None:
    parts = split(f"Yes, both.\n\n{line}")
    assert (parts.reply, parts.signature) == ("Yes, both.", line)


@pytest.mark.parametrize(
    ("text", "reply", "signature"),
    [
        ("Yes.\n\n--\nAnn Miller\nExample Ltd", "Yes.", "--\nAnn Miller\nExample Ltd"),
        ("Yes.\n\n-- \nAnn", "Yes.", "-- \nAnn"),
        # Below the quotation, as bottom posters have it.
        ("Yes.\n\n> Dead?\n\n-- \nAnn", "Yes.", "-- \nAnn"),
        ("Yes.\n\n________________________\nThis e-mail is confidential and intended only for you.", "Yes.", None),
        # Lists, rules and sentences are no signatures.
        ("Dead:\n- desk 12\n- desk 13", "Dead:\n- desk 12\n- desk 13", ""),
        ("Sent from my desk, because the phone is dead.", "Sent from my desk, because the phone is dead.", ""),
        ("One\n--------\nTwo", "One\n--------\nTwo", ""),
        # Something is written below it.
        ("Hi\n-- \nAnn\nP.S. All phones are dead.", "Hi\n-- \nAnn\nP.S. All phones are dead.", ""),
        ("One\n--\nAll phones in the office are dead.", "One\n--\nAll phones in the office are dead.", ""),
        ("Yes.\n\n--\nAnn\nWe are glad to help you, ring is 12.\nThis mail is confidential.", "Yes.", None),
        ("Dead: \u1427 line", "Dead: \u1427 line", ""),
        # Nothing but a signature: show it.
        ("-- \nAnn", "-- \nAnn", ""),
    ],
)
def test_signature(text: str, reply: str, signature: str | None) -> None:
    parts = split(text)
    assert parts.reply == reply
    assert signature is None or parts.signature == signature


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello, our main number 555-0100 is dead.",
        "We tried this on Monday:\n- restart\n- reset",
        "On Monday at 10:00 we lost all calls:\nnobody can phone.",
        "The display says:\n\nFrom: 555-0100\nTo: 555-0101",
        "Call list\n\nFrom: 555-0112\nTo: 555-0199\nDate: 5 Jan 2026",
        "A => B > C",
        "Subject: none\nThat is all.",
        "He wrote: nothing works.",
        "Only quoted:\n> nothing else",
    ],
)
def test_what_is_no_quotation_stays(text: str) -> None:
    parts = split(text)
    for word in text.split():
        if not text.startswith("Only"):
            assert word in parts.reply


def test_only_a_quotation_is_shown_whole() -> None:
    text = "> Are both phones dead?\n> Bob"
    assert split(text).reply == text


def test_forward_without_a_word_is_all_forwarded() -> None:
    text = (
        "---------- Forwarded message ---------\n"
        "From: Bob <bob@example.org>\nDate: 5 Jan 2026\n"
        "Subject: bill\n\nPlease pay."
    )
    assert split(text) == Parts("", forwarded=text)


def test_bottom_posting() -> None:
    parts = split("On Mon, 5 Jan 2026 at 10:00, Bob wrote:\n> Are both dead?\n> Bob\n\nYes, both.\nAnn")
    assert parts.reply == "Yes, both.\nAnn"
    assert parts.quoted.startswith("On Mon")


def test_inline_answers_keep_the_line_above() -> None:
    parts = split(
        "On Mon, 5 Jan 2026 at 10:00, Bob wrote:\n> "
        "Hi Ann,\n>\n> Both dead?\n\nYes.\n\n> Since "
        "when?\n\nMonday.\n\n> Bob"
    )
    assert parts.reply == "> Both dead?\n\nYes.\n\n> Since when?\n\nMonday."
    assert "> Hi Ann," in parts.quoted
    assert parts.quoted.endswith("> Bob")


def test_quoted_log_lines_inside_own_words_stay() -> None:
    text = "The log says\n> 403 Forbidden\nevery minute. What now?"
    assert split(text).reply == text


def test_gateway_banner_is_not_the_senders() -> None:
    parts = split("CAUTION: This message came from an EXTERNAL sender.\n\nHello, the fax is dead.")
    assert parts.reply == "Hello, the fax is dead."


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 100_000,
        "On " + "a " * 20_000,
        "On Mon at 1:00\n" * 5_000,
        "On Mon, 5 Jan 2026 at 10:00 x wrote\n" * 5_000,
        "From: a\nDate: 2026\n" * 3_000,
        "-------- x\n" * 5_000,
        "- " * 50_000,
        "\n".join(">" * depth + " x" for depth in range(800)),
        "a@example.com:\n> x\n" * 3_000,
        "<" * 50_000 + ":",
    ],
    ids=lambda text: repr(text[:12]),
)
def test_crafted_text_takes_no_time(text: str) -> None:
    started = time.process_time()
    split(text)
    assert time.process_time() - started < 1
