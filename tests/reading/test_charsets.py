"""Octets to text: wrong labels, no labels, damaged words; never an error (H47, H49, H52)."""

from __future__ import annotations

import pytest

from mailbot.reading.fields import headers
from mailbot.reading.fields.encodedwords import decode_words
from mailbot.reading.text import flowed
from mailbot.reading.text.charsets import codec_name, decode, decode_field


@pytest.mark.parametrize(
    ("octets", "charset", "text"),
    [
        (b"plain", "", "plain"),
        ("Grüße".encode(), "utf-8", "Grüße"),
        ("Grüße".encode(), "", "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode(), "x-unknown", "Grüße"),
        # iso-8859-1 means windows-1252 in practice.
        (b"\x80 100 \x96 ok", "iso-8859-1", "€ 100 – ok"),
        # gb2312 means GBK.
        ("镕".encode("gbk"), "gb2312", "镕"),
        # The label says UTF-8, the octets do not.
        (b"Gr\xfc\xdfe", "utf-8", "Grüße"),
        # UTF-8 with one character cut at the end, or one damaged among many.
        (b"hello\xf0\x9f", "utf-8", "hello\ufffd"),
        ("Привет, мир".encode()[:-1], "utf-8", "Привет, ми\ufffd"),
        # A right label with a little damage does not make the text Latin.
        ("電話が使えません".encode("euc_jp") + b"\xff", "euc-jp", "電話が使えません\ufffd"),
        # UTF-16 without a byte order mark and without a single NUL is no UTF-16.
        (b"Hello!", "utf-16", "Hello!"),
        # UTF-7 hides ASCII: never decoded.
        (b"+ADw-script+AD4-", "utf-7", "+ADw-script+AD4-"),
        (b"+ADw-", "unicode-1-1-utf-7", "+ADw-"),
        # Names of codecs that are no charsets.
        (b"aGk=", "base64", "aGk="),
        (b"uryyb", "rot13", "uryyb"),
        (b"\\u0041", "unicode_escape", "\\u0041"),
        (b"xn--bcher-kva", "idna", "xn--bcher-kva"),
        # Circled digits and IBM characters that plain ISO-2022-JP lacks.
        (b"\x1b$B-!\x1b(B 1", "iso-2022-jp", "① 1"),
        (b"\x1b$B%F%9%H\x1b(B", "", "テスト"),
    ],
)
def test_decode(octets: bytes, charset: str, text: str) -> None:
    assert decode(octets, charset)[0] == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("我们的电话今天上午不能使用，请尽快帮助我们处理这个问题。", "gb18030"),
        ("私たちの電話は今朝から使えません。助けてください。", "euc_jp"),
        ("私たちの電話は今朝から使えません。助けてください。", "cp932"),
        ("오늘 아침부터 전화가 되지 않습니다. 도와 주세요.", "cp949"),
        ("我們的電話今天上午不能使用，請儘快幫助我們處理這個問題。", "big5hkscs"),
        ("Сегодня утром телефон не работает, помогите.", "cp1251"),
        ("Сегодня утром телефон не работает, помогите.", "koi8_r"),
        ("Heute früh läutet das Telefon nicht, große Störung.", "cp1252"),
        ("Depuis ce matin le téléphone ne marche plus à la réception.", "cp1252"),
        # Lines of dashes and dots, and no-break spaces that indent, are no Asian text.
        ("Sincerely\n————————\n\xa0\xa0\xa0\xa0\xa0\xa0Ann · · · ····", "cp1252"),
        ("Total\xa0\xa0\xa0\xa0…………\xa0\xa0\xa0\xa0€ 12", "cp1252"),
        # A few characters: all are in the rows that Korean has as well, and which of the two it is, common ones tell.
        ("机房环境法规", "gb18030"),
        ("公司电话", "gb18030"),
        ("전화가 안 됩니다", "cp949"),
        ("김철수 드림", "cp949"),
        # Turkish, and Icelandic, whose letters have the same octets.
        ("Dışarıyı arayamıyoruz, lütfen yardım edin. Saygılarımızla, Şükrü Yıldız", "cp1254"),
        ("Faturamız yanlış mı?", "cp1254"),
        ("Það er ekki hægt að hringja út, síminn er bilaður. Þetta er ný þjónusta.", "cp1252"),
        ("Það verður þörf", "cp1252"),
        ("Nový dobrý starý", "cp1252"),
    ],
)
def test_undeclared(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == (text, False)


@pytest.mark.parametrize(
    ("octets", "charset", "text"),
    [
        # Whatever the body is in, raw UTF-8 in a field is UTF-8.
        ("Störung in Zürich".encode(), "iso-8859-1", "Störung in Zürich"),
        ("Störung".encode(), "shift_jis", "Störung"),
        # No UTF-8: as the body is.
        ("Störung".encode("cp1252"), "iso-8859-1", "Störung"),
        ("Проблема".encode("koi8-r"), "koi8-r", "Проблема"),
        # But a Western label of the body is no word on Chinese octets.
        ("电话系统完全不能使用".encode("gbk"), "iso-8859-1", "电话系统完全不能使用"),
        ("Écran à l'été".encode("cp1252"), "iso-8859-1", "Écran à l'été"),
        ("ÄÄÄÄÄÄÄÄ Angebot ÄÄÄÄÄÄÄÄ".encode("cp1252"), "iso-8859-1", "ÄÄÄÄÄÄÄÄ Angebot ÄÄÄÄÄÄÄÄ"),
    ],
)
def test_raw_octets_in_a_field(octets: bytes, charset: str, text: str) -> None:
    assert decode_field(octets, charset) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"=?iso-8859-1?Q?Fr\xf6sche?=", "Frösche"),
        (b"=?windows-1251?q?\xd2\xe5\xeb\xe5=F4\xee\xed?= 3", "Телефон 3"),
        ("=?utf-8?Q?Telefon_läutet?=".encode(), "Telefon läutet"),
        # Outside of words octets stay what they were.
        ("für =?utf-8?Q?alle?=".encode(), "für alle"),
        (b"2 =? 3 \xf6 ?= 4", "2 =? 3 ö ?= 4"),
    ],
)
def test_raw_octets_in_words(value: bytes, text: str) -> None:
    section = headers.split(b"Subject: " + value + b"\n\n")
    section.charset = "iso-8859-1"
    assert section.text("subject") == text


@pytest.mark.parametrize("name", ["", "?", "../etc", "a" * 100, "utf-8\x00", "undefined", "utf-7", "mbcs"])
def test_no_charset(name: str) -> None:
    assert codec_name(name) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?Q?Telefon_l=C3=A4utet?=", "Telefon läutet"),
        ("=?UTF-8?b?8J+Tng==?= tot", "📞 tot"),
        ("a =?utf-8?q?b?= =?utf-8?q?c?= d", "a bc d"),
        ("=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"),
        # A character cut between two words.
        ("=?utf-8?B?w7w=?==?utf-8?B?w?= =?utf-8?B?/w==?=", "ü\ufffd"),
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "ü"),
        # Spaces inside, missing padding, language tag, unknown charset.
        ("=?utf-8?Q?two words?=", "two words"),
        ("=?utf-8?B?aGVsbG8?=", "hello"),
        ("=?utf-8*de?Q?gut?=", "gut"),
        ("=?x-none?Q?ok?=", "ok"),
        # Line ends and controls that were hidden inside.
        ("=?utf-8?Q?x=0D=0ABcc:_a@example.com?=", "x Bcc: a@example.com"),
        ("=?utf-8?B?eA0KVG86IGE=?=", "x To: a"),
        ("a\x00b\x1b[31mc", "a b [31mc"),
        ("a\u2028b", "a b"),
        # No encoded words at all.
        ("=?utf-8?Q?unclosed", "=?utf-8?Q?unclosed"),
        ("2 =? 3 ?= 4", "2 =? 3 ?= 4"),
    ],
)
def test_words(value: str, text: str) -> None:
    assert decode_words(value) == text


@pytest.mark.parametrize(
    ("text", "delete_space", "joined"),
    [
        ("one \ntwo\nthree", False, "one two\nthree"),
        ("one \ntwo", True, "onetwo"),
        ("> one \n> two\nown", False, "> one two\nown"),
        ("> one \n>> two", False, "> one\n>> two"),
        ("text \n-- \nAnn", False, "text \n-- \nAnn"),
        (" stuffed", False, "stuffed"),
    ],
)
def test_flowed(text: str, delete_space: bool, joined: str) -> None:  # noqa: FBT001 - a column of the table
    assert flowed.join(text, delete_space=delete_space) == joined
