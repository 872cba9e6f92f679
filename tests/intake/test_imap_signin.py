"""Signing in, TLS and the operator's check, on a real Dovecot; and what is said when it does not work."""

import socket
import ssl
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailbot.errors import ConfigError
from mailbot.intake.imap.connection import Connection
from mailbot.intake.imap.probe import probe
from mailbot.intake.imap.trouble import ConnectionLost, SignInRefused, explain_connecting, explain_sign_in
from mailbot.rules import Mailbox, Rules, Secret, SignIn
from tests.intake.imap_support import Spool, eventually, mail, open_spool, watching
from tests.servers.dovecot import Dovecot, signed_token

dovecot_only = pytest.mark.dovecot


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path) as opened:
        yield opened


def with_token(server: Dovecot) -> Mailbox:
    return server.rules(sign_in=SignIn(user=server.user, token=Secret(command="print-token")))


@dovecot_only
def test_an_oauth_token_signs_in(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot(tokens=True)
    with Connection.open(with_token(server), lambda _: signed_token(server.user)) as connection:
        assert connection.examine("INBOX").exists == 0


@dovecot_only
@pytest.mark.parametrize(
    "token",
    [
        lambda user: signed_token(user, key=b"somebody else's key"),
        lambda user: signed_token(user, expires_at=time.time() - 60),
        lambda _: signed_token("other@example.com"),
        lambda _: "no token at all",
        lambda _: "",
    ],
    ids=["forged", "expired", "another's", "garbage", "empty"],
)
def test_a_bad_token_is_refused_in_plain_words(
    start_dovecot: Callable[..., Dovecot], token: Callable[[str], str]
) -> None:
    server = start_dovecot(tokens=True)
    mailbox = with_token(server).model_copy(update={"provider": "microsoft"})
    with pytest.raises(SignInRefused, match="Authentication failed") as refused:
        Connection.open(mailbox, lambda _: token(server.user))
    assert "prints an access token" in refused.value.next_step


@dovecot_only
def test_a_token_that_expired_is_replaced_at_the_next_sign_in(
    start_dovecot: Callable[..., Dovecot], spool: Spool
) -> None:
    server = start_dovecot(tokens=True)
    asked: list[str] = []

    def secrets(secret: Secret) -> str:
        asked.append(secret.command)
        return signed_token(server.user)

    with watching(with_token(server), spool, secrets):
        eventually(lambda: spool.cursor("support", "INBOX") is not None)
        server.kill()
        server.start()
        server.append(mail(1))
        eventually(lambda: spool.count() == 1, 8)
    assert asked == ["print-token"] * len(asked)
    assert len(asked) >= 2


@dovecot_only
@pytest.mark.parametrize("password", ["pässwörd", 'quo"te', "back\\slash", "€uro{3}", "a:bc"])
def test_any_character_may_be_in_a_password(start_dovecot: Callable[..., Dovecot], password: str) -> None:
    server = start_dovecot(password=password)
    with Connection.open(server.rules(), server.secrets) as connection:
        assert connection.can_idle()


@dovecot_only
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_tls_signs_in_when_the_certificate_is_right(start_dovecot: Callable[..., Dovecot], tls: str) -> None:
    server = start_dovecot(tls=True)
    mailbox = server.rules(tls=tls, port=server.imaps_port if tls == "implicit" else server.imap_port)
    with Connection.open(mailbox, server.secrets, trusting(server)) as connection:
        assert isinstance(connection._client.socket(), ssl.SSLSocket)
        assert connection.examine("INBOX").exists == 0


@dovecot_only
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_an_untrusted_certificate_gets_no_password(start_dovecot: Callable[..., Dovecot], tls: str) -> None:
    server = start_dovecot(tls=True)
    mailbox = server.rules(tls=tls, port=server.imaps_port if tls == "implicit" else server.imap_port)
    with pytest.raises(ConnectionLost, match="certificate") as refused:
        Connection.open(mailbox, unwanted)
    assert "does not sign in" in refused.value.next_step


@dovecot_only
def test_a_certificate_of_another_name_gets_no_password(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot(tls=True)
    mailbox = server.rules(tls="implicit", port=server.imaps_port, host="localhost")
    with pytest.raises(ConnectionLost, match=r"not valid for it.*localhost"):
        Connection.open(mailbox, unwanted, trusting(server))


@dovecot_only
def test_a_server_without_starttls_gets_no_password(dovecot: Dovecot) -> None:
    with pytest.raises(ConnectionLost, match="offers no STARTTLS"):
        Connection.open(dovecot.rules(tls="starttls"), unwanted)


@dovecot_only
def test_tls_on_a_port_without_it_says_so(dovecot: Dovecot) -> None:
    with pytest.raises(ConnectionLost, match="does not speak TLS") as refused:
        Connection.open(dovecot.rules(tls="implicit"), unwanted)
    assert "starttls" in refused.value.next_step


@dovecot_only
def test_idle_hears_news_over_tls(start_dovecot: Callable[..., Dovecot], spool: Spool) -> None:
    server = start_dovecot(tls=True)
    mailbox = server.rules(tls="implicit", port=server.imaps_port)
    with watching(mailbox, spool, server.secrets, tls=trusting(server)):
        eventually(lambda: spool.cursor("support", "INBOX") is not None)
        server.deliver(mail(1))
        eventually(lambda: spool.count() == 1, 2)


def trusting(server: Dovecot) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(server.folder / "tls" / "cert.pem"))


def unwanted(_: Secret) -> str:
    pytest.fail("the password was asked for")


def test_without_a_secret_there_is_nothing_to_try(dovecot: Dovecot) -> None:
    with pytest.raises(ConfigError, match="neither a password nor a token"):
        Connection.open(dovecot.rules(sign_in=SignIn(user="support@example.com")), unwanted)


CONNECTING = [
    (socket.gaierror(-2, "Name or service not known"), "cannot be resolved", "name server"),
    (ConnectionRefusedError(111, "Connection refused"), "refuses connections", "993"),
    (TimeoutError("timed out"), "did not answer in time", "firewall"),
    (OSError(101, "Network is unreachable"), "Network is unreachable", ""),
]


@pytest.mark.parametrize(("error", "text", "next_step"), CONNECTING)
def test_what_is_said_about_connections(error: OSError, text: str, next_step: str) -> None:
    mailbox = Mailbox(host="imap.example.com", sign_in=SignIn(user="support@example.com"))
    trouble = explain_connecting(error, mailbox)
    assert "imap.example.com" in trouble.text
    assert text in trouble.text
    assert next_step in trouble.next_step


@pytest.mark.parametrize(
    ("provider", "next_step"), [("gmail", "app password"), ("microsoft", "no passwords"), ("", "check `user`")]
)
def test_what_is_said_about_a_refused_sign_in_depends_on_the_provider(provider: str, next_step: str) -> None:
    sign_in = SignIn(user="support@example.com")
    mailbox = Mailbox(host="imap.example.com", sign_in=sign_in).model_copy(update={"provider": provider})
    trouble = explain_sign_in(ValueError("b'[AUTHENTICATIONFAILED] Invalid credentials'"), mailbox)
    assert trouble.text == (
        "imap.example.com refuses to sign in support@example.com: [AUTHENTICATIONFAILED] Invalid credentials"
    )
    assert next_step in trouble.next_step


@dovecot_only
def test_check_says_what_works(dovecot: Dovecot) -> None:
    dovecot.append(mail(1))
    with dovecot.client() as client:
        client.create_folder("Done")
    before = dovecot.flags()
    result = probe(dovecot.rules(move_to="Done"), dovecot.secrets)
    assert result.bad == ()
    assert result.good == (
        f"signed in to 127.0.0.1 as {dovecot.user}",
        "the folder INBOX is there and holds 1 messages",
        "the server announces new mail at once (IDLE)",
    )
    assert dovecot.flags() == before


@dovecot_only
def test_check_says_what_is_missing_and_what_could_be_better(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot(capability="IMAP4rev1")
    with server.client() as client:
        client.create_folder("Voice")
    result = probe(server.rules(folders=("INBOX", "Calls"), move_to="Done"), server.secrets)
    assert [text for text in result.bad if "Calls" in text and "INBOX, Voice" in text]
    assert [text for text in result.bad if "Done of move_to does not exist" in text]
    assert [text for text in result.bad if "neither by MOVE nor UIDPLUS" in text]
    assert [text for text in result.hints if "asked every 60 seconds" in text]


STAMPED = "Authentication-Results: {}; dmarc=pass\r\n header.from=oakfield.example"
STAMPS = [
    # The server stamps everything, under one name
    (["mx.example.com"] * 3, (), 'authserv_ids = ["mx.example.com"]'),
    # Only some mail bears a field: a sender may have written it
    (["mx.example.com", "", "mx.example.com"], (), "does not say who a sender really is"),
    (["", "", ""], (), "does not say who a sender really is"),
    # What rules.toml names is there, whatever else stands below it
    (["mx.example.com", "mx.example.com", "other.example"], ("MX.example.com",), ""),
    (["other.example"] * 3, ("mx.example.com",), "bears Authentication-Results by mx.example.com"),
    # Too little mail to tell
    (["mx.example.com"], (), ""),
]


@dovecot_only
@pytest.mark.parametrize(("stamps", "authserv_ids", "hint"), STAMPS)
def test_check_says_who_vouches_for_senders(
    dovecot: Dovecot, stamps: list[str], authserv_ids: tuple[str, ...], hint: str
) -> None:
    for number, name in enumerate(stamps):
        dovecot.append(mail(number, fields=STAMPED.format(name) if name else ""))
    result = probe(dovecot.rules(authserv_ids=authserv_ids), dovecot.secrets)
    assert len(result.hints) == bool(hint)
    assert hint in "".join(result.hints)


@dovecot_only
def test_check_looks_past_our_own_mail_for_who_vouches(dovecot: Dovecot) -> None:
    """Test mails of this very check, and a colleague's, bear no field; what came from outside before them does."""
    for number in range(3):
        dovecot.append(mail(number, fields=STAMPED.format("mx.example.com")))
    for number in range(25):
        dovecot.append(mail(number, sender="Support@example.com"))
    result = probe(dovecot.rules(), dovecot.secrets, is_ours=lambda address: address.lower() == "support@example.com")
    assert 'authserv_ids = ["mx.example.com"]' in "".join(result.hints)


@dovecot_only
def test_check_of_a_wrong_password_says_so(dovecot: Dovecot) -> None:
    result = probe(dovecot.rules(), lambda _: "wrong")
    assert "refuses to sign in" in result.bad[0]


@dovecot_only
def test_check_points_out_the_junk_folder(start_dovecot: Callable[..., Dovecot]) -> None:
    server = start_dovecot(special="Spam")
    result = probe(server.rules(), server.secrets)
    assert result.hints == ('mail from your customers may end up in Spam: junk = "Spam" lets mailbot look there',)
    assert probe(server.rules(junk="Spam"), server.secrets).hints == ()


def test_what_the_manual_shows_can_be_written_so() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "connecting.md").read_text(encoding="utf-8")
    shown = [block.partition("```")[0] for block in manual.split("```toml\n")[1:]]
    whole = [tomllib.loads(block) for block in shown if "[[mailbox]]" in block]
    assert [Rules.model_validate(block).mailbox[0].provider for block in whole] == ["gmail", "microsoft", ""]
