"""Mail that is encrypted or signed: recognised and named, read where the words are only wrapped (H67)."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.reading.message import read
from mailbot.reading.model import Message, Protection, Role
from mailbot.reading.parts.opaque import MAX_CHUNKS, Wrapping, unwrap

UNREADABLE = "encrypted or signed so that it cannot be read"
# Made with OpenSSL from a message of ours and a key that was thrown away.
IN_CHUNKS = (
    b"MIAGCSqGSIb3DQEHAqCAMIACAQExDzANBglghkgBZQMEAgEFADCABgkqhkiG9w0BBwGggCSABEZDb250ZW50LVR5cGU6IHRleHQv"
    b"cGxhaW47IGNoYXJzZXQ9dXRmLTgNCg0KQWxsIG91ciBwaG9uZXMgYXJlIGTDqWFkLg0KAAAAAAAAMYIBejCCAXYCAQEwJjAOMQww"
    b"CgYDVQQDDANBbm4CFFvsCR86SzMFc9It+g74WvFzsd22MA0GCWCGSAFlAwQCAQUAoIHkMBgGCSqGSIb3DQEJAzELBgkqhkiG9w0B"
    b"BwEwHAYJKoZIhvcNAQkFMQ8XDTI2MTEyNjA0MzEyMlowLwYJKoZIhvcNAQkEMSIEIJ5mL3OcoAq1EpdyozmHgxpI7iRRUL1XnCV8"
    b"Owarn0++MHkGCSqGSIb3DQEJDzFsMGowCwYJYIZIAWUDBAEqMAsGCWCGSAFlAwQBFjALBglghkgBZQMEAQIwCgYIKoZIhvcNAwcw"
    b"DgYIKoZIhvcNAwICAgCAMA0GCCqGSIb3DQMCAgFAMAcGBSsOAwIHMA0GCCqGSIb3DQMCAgEoMAoGCCqGSM49BAMCBEcwRQIgR3cK"
    b"rzaHRuDZ2pFUIFj4vadmHYYRFAGlhB+DoyLnVjACIQCqnGUza9proXiFFZivHZ37xKjLCNPlaucttkKVlph6yQAAAAAAAA=="
)
IN_ONE = (
    b"MIIB+QYJKoZIhvcNAQcCoIIB6jCCAeYCAQExDTALBglghkgBZQMEAgEwVQYJKoZIhvcNAQcBoEgERkNvbnRlbnQtVHlwZTogdGV4"
    b"dC9wbGFpbjsgY2hhcnNldD11dGYtOA0KDQpBbGwgb3VyIHBob25lcyBhcmUgZMOpYWQuDQoxggF5MIIBdQIBATAmMA4xDDAKBgNV"
    b"BAMMA0FubgIUW+wJHzpLMwVz0i36Dvha8XOx3bYwCwYJYIZIAWUDBAIBoIHkMBgGCSqGSIb3DQEJAzELBgkqhkiG9w0BBwEwHAYJ"
    b"KoZIhvcNAQkFMQ8XDTI2MTEyNjA0MzEyMlowLwYJKoZIhvcNAQkEMSIEIJ5mL3OcoAq1EpdyozmHgxpI7iRRUL1XnCV8Owarn0++"
    b"MHkGCSqGSIb3DQEJDzFsMGowCwYJYIZIAWUDBAEqMAsGCWCGSAFlAwQBFjALBglghkgBZQMEAQIwCgYIKoZIhvcNAwcwDgYIKoZI"
    b"hvcNAwICAgCAMA0GCCqGSIb3DQMCAgFAMAcGBSsOAwIHMA0GCCqGSIb3DQMCAgEoMAoGCCqGSM49BAMCBEgwRgIhAMSdaSYcX3fJ"
    b"Gc7qQj+LtESJDQsrDPfx0Oo+QhqRnOB1AiEAiKAckZ/Rle8gTlE6XLXRY25o6TROtqmIxwvJAPjiqbo="
)
ARMOUR = "-----BEGIN PGP MESSAGE-----\nVersion: 1\n\nhQEMAwAAAAAAAAAAAQf+\n=abcd\n-----END PGP MESSAGE-----\n"
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


def _multipart(kind: str, *parts: str) -> Message:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return read(f'From: ann@example.com\nContent-Type: multipart/{kind}; boundary="b"\n\n{body}--b--\n'.encode())


def _text(words: str) -> Message:
    return read(f"From: ann@example.com\nContent-Type: text/plain\n\n{words}".encode())


def _wrapped(coded: bytes, kind: str = "signed-data", name: str = "smime.p7m") -> Message:
    return read(
        b"From: ann@example.com\nContent-Type: application/pkcs7-mime; smime-type=%s; name=%s\n"
        b"Content-Transfer-Encoding: base64\n\n%s" % (kind.encode(), name.encode(), coded)
    )


def _value(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x84]) + len(content).to_bytes(4) + content


def _signed(content: bytes) -> bytes:
    data = bytes.fromhex("06092a864886f70d010701") + _value(0xA0, content)
    return _value(0x30, SIGNED_DATA + _value(0xA0, _value(0x30, b"\x02\x01\x01\x31\x00" + _value(0x30, data))))


class TestEncrypted:
    def test_by_pgp(self) -> None:
        message = _multipart(
            "encrypted; protocol=application/pgp-encrypted",
            "Content-Type: application/pgp-encrypted\n\nVersion: 1",
            f"Content-Type: application/octet-stream; name=encrypted.asc\n\n{ARMOUR}",
        )
        assert message.protection == Protection(encrypted="PGP")
        assert message.text == ""
        assert [one.role for one in message.attachments] == [Role.ENCRYPTED] * 2
        assert message.defects == (UNREADABLE,)

    @pytest.mark.parametrize("kind", ["enveloped-data", "authEnveloped-data"])
    def test_by_s_mime_as_it_says(self, kind: str) -> None:
        message = _wrapped(b"MIAG", kind)
        assert message.protection == Protection(encrypted="S/MIME")
        assert [(one.name, one.role) for one in message.attachments] == [("smime.p7m", Role.ENCRYPTED)]

    def test_by_s_mime_as_its_octets_say(self) -> None:
        sealed = _value(0x30, bytes.fromhex("06092a864886f70d010703") + _value(0xA0, b"\x00"))
        assert _wrapped(base64.b64encode(sealed), "signed-data").protection == Protection(encrypted="S/MIME")

    def test_in_the_text(self) -> None:
        message = _text(f"See below.\n{ARMOUR}Thanks")
        assert message.protection == Protection(encrypted="PGP")
        assert message.text == "See below.\nThanks"
        assert [(one.type, one.role) for one in message.attachments] == [
            ("application/pgp-encrypted", Role.ENCRYPTED),
        ]

    def test_by_rights_management(self) -> None:
        message = _multipart(
            "mixed",
            "Content-Type: text/plain\n\nThis message is protected.",
            "Content-Type: application/x-microsoft-rpmsg-message; name=message.rpmsg\n\nx",
        )
        assert message.protection == Protection(encrypted="Microsoft rights management")
        assert message.text == "This message is protected."

    @pytest.mark.parametrize(
        "words",
        [
            "What is -----BEGIN PGP MESSAGE----- for?",
            "-----BEGIN PGP MESSAGE-----\nAll our phones are down!\n-----END PGP MESSAGE-----",
            "-----BEGIN PGP MESSAGE-----\n\nhQEMAw",
            "> " + ARMOUR.strip().replace("\n", "\n> "),
        ],
    )
    def test_no_words_are_lost_to_what_is_no_armour(self, words: str) -> None:
        message = _text(words)
        assert message.protection == Protection()
        assert message.text.splitlines() == [line.rstrip() for line in words.splitlines()]

    def test_a_sealed_file_does_not_seal_the_mail(self) -> None:
        message = _multipart(
            "mixed",
            "Content-Type: text/plain\n\nThe bill.",
            "Content-Type: application/pkcs7-mime; name=bill.xml.p7m\nContent-Disposition: attachment\n\nx",
        )
        assert message.protection == Protection()
        assert [(one.name, one.role) for one in message.attachments] == [("bill.xml.p7m", Role.FILE)]


class TestSigned:
    @pytest.mark.parametrize(("kind", "by"), [("pgp-signature", "PGP"), ("pkcs7-signature", "S/MIME")])
    def test_a_detached_signature_is_no_file_of_the_customer(self, kind: str, by: str) -> None:
        message = _multipart(
            f"signed; protocol=application/{kind}",
            "Content-Type: text/plain\n\nThe bill.",
            f"Content-Type: application/{kind}; name=smime.p7s\n\nx",
        )
        assert message.protection == Protection(signed=by)
        assert message.text == "The bill."
        assert [one.role for one in message.attachments] == [Role.SIGNATURE]

    def test_words_between_the_lines_of_a_signature(self) -> None:
        message = _text(
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe phones are down.\n- --\nAnn\n"
            "-----BEGIN PGP SIGNATURE-----\n\niHUEARYI\n=abcd\n-----END PGP SIGNATURE-----\n"
        )
        assert message.text == "The phones are down.\n--\nAnn"
        assert message.reply_text == "The phones are down."
        assert message.protection == Protection(signed="PGP")

    @pytest.mark.parametrize("coded", [IN_CHUNKS, IN_ONE], ids=["in chunks", "in one"])
    def test_what_is_only_wrapped_is_read(self, coded: bytes) -> None:
        message = _wrapped(coded)
        assert message.text == message.reply_text == "All our phones are déad."
        assert message.protection == Protection(signed="S/MIME")
        assert message.attachments == ()
        assert message.defects == ()

    def test_a_wrapped_multipart_is_cut(self) -> None:
        inner = (
            b"Content-Type: multipart/mixed; boundary=i\n\n--i\n\nHello.\n"
            b"--i\nContent-Type: application/pdf; name=bill.pdf\n\n%PDF\n--i--\n"
        )
        message = _wrapped(base64.b64encode(_signed(_value(0x04, inner))))
        assert message.text == "Hello."
        assert [one.name for one in message.attachments] == ["bill.pdf"]

    @pytest.mark.parametrize("octets", [b"", b"0", _signed(b""), _signed(b"\x24\x80\x05\x00"), _signed(b"\x04\x05ab")])
    def test_what_is_not_of_the_form_is_named_unreadable(self, octets: bytes) -> None:
        message = _wrapped(base64.b64encode(octets))
        assert message.protection == Protection(signed="S/MIME", unreadable=True)
        assert message.text == ""
        assert message.defects == (UNREADABLE,)

    def test_wrapping_in_wrapping_is_bounded(self) -> None:
        inner = b"Content-Type: text/plain\n\nwords"
        for _ in range(300):
            inner = b"Content-Type: application/pkcs7-mime\n\n" + _signed(_value(0x04, inner))
        message = read(b"From: ann@example.com\n" + inner)
        assert message.text == ""
        assert message.protection.unreadable

    def test_certificates_without_content_are_no_words(self) -> None:
        without = _value(0x30, bytes.fromhex("06092a864886f70d010701"))
        certificates = _value(0xA0, _value(0x04, b"\n\nnot words"))
        octets = _value(
            0x30, SIGNED_DATA + _value(0xA0, _value(0x30, b"\x02\x01\x01\x31\x00" + without + certificates))
        )
        assert unwrap(octets) == (Wrapping.SIGNED, None)


@given(st.binary(max_size=200))
def test_any_octets_are_some_wrapping(octets: bytes) -> None:
    for start in (b"", b"\x30\x80" + SIGNED_DATA, _signed(b"")[:-6], b"\x30\x80" + SIGNED_DATA + b"\xa0\x80\x30\x80"):
        wrapping, inner = unwrap(start + octets)
        assert inner is None or (wrapping is Wrapping.SIGNED and len(inner) <= len(octets))


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_chunks_are_put_together(chunks: list[bytes]) -> None:
    chunked = b"\x24\x80" + b"".join(_value(0x04, chunk) for chunk in chunks) + b"\x00\x00"
    assert unwrap(_signed(chunked)) == (Wrapping.SIGNED, b"".join(chunks))


def test_chunks_are_bounded() -> None:
    chunked = b"\x24\x80" + b"\x04\x00" * (MAX_CHUNKS + 1) + b"\x00\x00"
    assert unwrap(_signed(chunked)) == (Wrapping.SIGNED, None)


def test_armour_takes_linear_time() -> None:
    begin = "-----BEGIN PGP MESSAGE-----\nA: b\n\nabcd\n"
    start = time.process_time()
    _text(begin * 20_000 + ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: x\n\n" * 5_000))
    assert time.process_time() - start < 5
