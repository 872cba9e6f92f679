"""Pages leave by each kind of pager: signed, to that receiver and no other, in time, and every result as it was."""

from __future__ import annotations

import os
import ssl
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailbot.deciding.paging import Page, PageKind
from mailbot.deciding.signing import key_of, signature
from mailbot.delivery.pagers import InForce, Pagers, can_be_reached
from mailbot.delivery.transport import Accepted
from mailbot.errors import DeliveryFailure, PermanentFailure, StoreBroken, TransientFailure, UnclearResult
from mailbot.render import Templates
from mailbot.rules import Agent, Pager, Partner, Rules, Secret, WebAddress
from tests.servers.receiver import Receiver, answer, drop, hang, trickle, without_proxies
from tests.servers.smtp import certificate

NOW = datetime(2026, 3, 6, 3, 0, tzinfo=UTC)
SIGNED_BY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PAGE = Page(
    PageKind.OUTAGE, "Acme: no dial tone. Call +1 212 555 0123", "spell-1", NOW, "mailto:x@telecom.example", id="a1b2c3"
)
TEMPLATES = Templates(None)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    without_proxies(monkeypatch)


def paged(folder: Path, page: Page = PAGE, to: str = "dana/1", **pager: Any) -> Accepted:
    """Hand a page over to Dana's one pager."""
    for name in ("webhook", "secret"):
        if isinstance(pager.get(name), str):
            kind = WebAddress if name == "webhook" else Secret
            path = folder / name
            path.write_text(f"{pager[name]}\n", encoding="utf-8")
            pager[name] = kind(file=str(path))
    limits = {name: pager.pop(name) for name in ("answer_within", "ended_within") if name in pager}
    dana = Agent(id="dana", name="Dana", pager=(Pager(**pager),))
    in_force = InForce(Rules(partner=Partner(brand="Telecom"), agent=(dana,)), TEMPLATES, folder)
    return Pagers(lambda: in_force, lambda: NOW, **limits).submit("", to, page.to_json())


def refused(kind: type[DeliveryFailure], folder: Path, **more: Any) -> str:
    with pytest.raises(DeliveryFailure) as caught:
        paged(folder, **more)
    assert type(caught.value) is kind
    return caught.value.diagnostic


def test_a_page_is_posted_once_with_all_fields_and_is_signed(receiver: Receiver, tmp_path: Path) -> None:
    accepted = paged(tmp_path, webhook=receiver.url(), secret=SIGNED_BY)
    assert accepted == Accepted(200, "127.0.0.1 answered 200 OK: ok")
    [posted] = receiver.posted
    assert (posted.said["text"], posted.said["key"], posted.said["to"]) == (PAGE.text, "spell-1", "Dana")
    assert posted.fields["Content-Type"] == "application/json"
    assert posted.fields["webhook-id"] == "a1b2c3"
    assert posted.fields["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert posted.is_signed_by(SIGNED_BY)
    assert not posted.is_signed_by("whsec_" + "A" * 32)
    assert "Authorization" not in posted.fields


def test_the_signature_is_that_of_the_specifications_example() -> None:
    """The values that the libraries of Standard Webhooks are tested with."""
    body = b'{"test": 2432232314}'
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == wanted
    assert key_of("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") == key


def test_ntfy_gets_it_at_its_root_with_its_token(receiver: Receiver, tmp_path: Path) -> None:
    paged(tmp_path, webhook=receiver.url("/our-topic"), form="ntfy", secret="tk_secret")
    [posted] = receiver.posted
    assert (posted.path, posted.said["topic"], posted.said["message"]) == ("/", "our-topic", PAGE.text)
    assert posted.fields["Authorization"] == "Bearer tk_secret"
    assert "webhook-signature" not in posted.fields


def test_a_token_that_no_field_can_hold_is_told(receiver: Receiver, tmp_path: Path) -> None:
    said = refused(PermanentFailure, tmp_path, webhook=receiver.url("/topic"), form="ntfy", secret="tökén\u2028")
    assert "tök" not in said
    assert receiver.posted == []


def test_pagerduty_gets_its_key_in_the_page_and_nowhere_else(receiver: Receiver, tmp_path: Path) -> None:
    receiver.answers("/v2/enqueue", answer(202, '{"status":"success"}'))
    assert paged(tmp_path, webhook=receiver.url("/v2/enqueue"), form="pagerduty", secret="R0UT1NG").code == 202
    [posted] = receiver.posted
    assert posted.said["routing_key"] == "R0UT1NG"
    assert not {"Authorization", "webhook-signature"} & set(posted.fields)


def test_a_proxy_of_the_environment_is_used(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", receiver.url(""))
    paged(tmp_path, webhook="http://localhost:9/page", secret=SIGNED_BY)
    [posted] = receiver.posted
    assert posted.path == "http://localhost:9/page"
    assert posted.is_signed_by(SIGNED_BY)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_what_may_be_taken_later_is_tried_again(receiver: Receiver, tmp_path: Path, status: int) -> None:
    receiver.answers("/page", answer(status, "busy\x07 now"))
    said = refused(TransientFailure, tmp_path, webhook=receiver.url(), secret=SIGNED_BY)
    assert said == f"127.0.0.1 answered {status} Said: busy now"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_what_was_refused_is_not_and_the_reason_shows_nothing_secret(
    receiver: Receiver, tmp_path: Path, status: int
) -> None:
    path = "/services/T0000/s3cr3tpart?token=qu3ry%20value"
    receiver.answers(path, answer(status, f"no such hook {path} (qu3ry value) {SIGNED_BY}"))
    said = refused(PermanentFailure, tmp_path, webhook=receiver.url(path), secret=SIGNED_BY)
    assert said == f"127.0.0.1 answered {status} Said: no such hook … (…) …"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_else_gets_the_page(receiver: Receiver, tmp_path: Path, status: int) -> None:
    receiver.answers("/page", answer(status, "", f"Location: {receiver.url('/elsewhere')}"))
    said = refused(PermanentFailure, tmp_path, webhook=receiver.url(), secret=SIGNED_BY)
    assert "not followed" in said
    assert [posted.path for posted in receiver.posted] == ["/page"]


def test_where_nobody_is_there_it_is_tried_again(tmp_path: Path) -> None:
    with Receiver() as gone:
        url = gone.url()
    assert refused(TransientFailure, tmp_path, webhook=url) == "127.0.0.1 cannot be reached: Connection refused"


def test_a_receiver_without_an_answer_may_have_it(receiver: Receiver, tmp_path: Path) -> None:
    receiver.answers("/page", drop)
    said = refused(UnclearResult, tmp_path, webhook=receiver.url())
    assert said.startswith("127.0.0.1 was sent the page and gave no answer: ")


@pytest.mark.parametrize("way", [hang, trickle])
def test_a_receiver_that_keeps_us_waiting_does_not_for_long(receiver: Receiver, tmp_path: Path, way: Any) -> None:
    receiver.answers("/page", way)
    began = time.monotonic()
    said = refused(UnclearResult, tmp_path, webhook=receiver.url(), answer_within=0.4)
    assert said == "127.0.0.1 was sent the page and gave no answer: it took too long"
    assert time.monotonic() - began < 5


def test_a_certificate_is_verified(tmp_path: Path) -> None:
    made = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made.chain, made.key)
    with Receiver(tls) as receiver:
        said = refused(TransientFailure, tmp_path, webhook=receiver.url())
        assert "certificate is not valid" in said
        assert receiver.posted == []


def test_over_tls_it_is_posted_where_the_certificate_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made.chain, made.key)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.chain))
    with Receiver(tls) as receiver:
        assert paged(tmp_path, webhook=receiver.url(), secret=SIGNED_BY).code == 200
        receiver.answers("/page", hang)
        said = refused(UnclearResult, tmp_path, webhook=receiver.url(), answer_within=0.4)
        assert said.endswith("it took too long")


@pytest.mark.parametrize(
    ("pager", "kind", "text"),
    [
        ({"webhook": "http://push.example/x"}, PermanentFailure, "for all to read"),
        ({"webhook": "not a url"}, PermanentFailure, "no URL"),
        ({"webhook": "http://127.0.0.1/x", "secret": "not base64!"}, PermanentFailure, "no key in base64"),
        ({"webhook": WebAddress(file="missing")}, TransientFailure, "cannot be read"),
        ({"webhook": "http://127.0.0.1/x", "secret": Secret(env="NOT_THERE_AT_ALL")}, TransientFailure, "not set"),
        ({"mail": "a@sms.example"}, PermanentFailure, "none any more"),
        ({"mail": "a@sms.example", "to": "dana/2"}, PermanentFailure, "no more"),
        ({"mail": "a@sms.example", "to": "bob/1"}, PermanentFailure, "no more"),
        ({"mail": "a@sms.example", "to": "dana/x"}, PermanentFailure, "no more"),
    ],
)
def test_what_cannot_be_posted_says_why(
    tmp_path: Path, pager: dict[str, Any], kind: type[DeliveryFailure], text: str
) -> None:
    assert text in refused(kind, tmp_path, **pager)


def script(folder: Path, text: str) -> str:
    path = folder / "page.sh"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_program_gets_the_page_as_its_input_and_in_variables(tmp_path: Path) -> None:
    script(tmp_path, 'cat > got; echo "$1 $MAILBOT_PAGE_KIND $MAILBOT_PAGE_KEY $MAILBOT_PAGE_TEXT" >> got')
    assert paged(tmp_path, command=("./page.sh", "$(reboot)")) == Accepted(0, "the program ended with exit code 0")
    assert (tmp_path / "got").read_text() == f"{PAGE.text}\n$(reboot) outage spell-1 {PAGE.text}\n"


def test_a_program_that_reads_nothing_has_paged(tmp_path: Path) -> None:
    assert paged(tmp_path, command=("true",)).code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exit 3", "the program failed with exit code 3"),
        ("echo dialling >&2; echo 'no line free' >&2; exit 3", "the program failed with exit code 3: no line free"),
        ("kill -9 $$", "the program was ended by a signal"),
        ("yes no | head -c 300000 >&2; exit 1", "the program failed with exit code 1: no"),
    ],
)
def test_a_program_that_fails_is_tried_again_and_its_last_words_are_told(tmp_path: Path, text: str, said: str) -> None:
    assert refused(TransientFailure, tmp_path, command=(script(tmp_path, text),)) == said


def test_a_program_that_does_not_end_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    program = script(tmp_path, "sleep 60 & echo $! > child; exec sleep 60")
    began = time.monotonic()
    said = refused(TransientFailure, tmp_path, command=(program,), ended_within=0.5)
    assert said == "the program took too long, and was ended"
    assert time.monotonic() - began < 10
    child = int((tmp_path / "child").read_text())
    until = time.monotonic() + 5
    while _runs(child) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _runs(child)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except FileNotFoundError:
        return False


def test_what_a_program_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    program = script(tmp_path, "sleep 30 & echo $! > child; exit 0")
    began = time.monotonic()
    assert paged(tmp_path, command=(program,)).code == 0
    assert time.monotonic() - began < 10
    os.kill(int((tmp_path / "child").read_text()), 9)


def test_a_program_that_is_gone_is_told(tmp_path: Path) -> None:
    assert refused(PermanentFailure, tmp_path, command=("./gone.sh",)) == "there is no such program"
    (tmp_path / "broken.sh").write_text("#!/no/such/shell\n")
    (tmp_path / "broken.sh").chmod(0o700)
    assert "cannot be run" in refused(PermanentFailure, tmp_path, command=("./broken.sh",))


def test_stored_octets_that_are_no_page_are_not_sent(receiver: Receiver, tmp_path: Path) -> None:
    dana = Agent(id="dana", name="Dana", pager=(Pager(webhook=WebAddress(url=receiver.url())),))
    in_force = InForce(Rules(agent=(dana,)), TEMPLATES, tmp_path)
    with pytest.raises(PermanentFailure, match="no page"):
        Pagers(lambda: in_force, lambda: NOW + timedelta(0)).submit("", "dana/1", b"{}")
    assert receiver.posted == []


def test_what_can_be_tried_without_ringing_is_tried(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tried(**pager: Any) -> str:
        return can_be_reached(Pager(**pager), tmp_path)

    (tmp_path / "key").write_text(SIGNED_BY)
    here, key = WebAddress(url=receiver.url()), Secret(file="key")
    assert tried(webhook=here, secret=key) == "127.0.0.1 can be reached"
    assert tried(mail="a@sms.example") == tried(command=("true",)) == ""
    assert receiver.posted == []
    monkeypatch.setenv("NO_KEY_AT_ALL", "not base64!")
    with pytest.raises(PermanentFailure, match="no key in base64"):
        tried(webhook=here, secret=Secret(env="NO_KEY_AT_ALL"))
    with Receiver() as gone:
        url = gone.url()
    with pytest.raises(TransientFailure, match="cannot be reached: Connection refused"):
        tried(webhook=WebAddress(url=url))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert "proxy" in tried(webhook=WebAddress(url=url))


def test_certificates_are_looked_at_without_ringing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made.chain, made.key)
    with Receiver(tls) as receiver:
        pager = Pager(webhook=WebAddress(url=receiver.url()))
        with pytest.raises(TransientFailure, match="certificate is not valid"):
            can_be_reached(pager, tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.chain))
        assert can_be_reached(pager, tmp_path) == "127.0.0.1 can be reached"


def test_a_desk_that_was_taken_over_pages_nobody(receiver: Receiver, tmp_path: Path) -> None:
    def fenced() -> None:
        raise StoreBroken("another process has the log")

    dana = Agent(
        id="dana",
        name="Dana",
        pager=(Pager(webhook=WebAddress(url=receiver.url())), Pager(command=(script(tmp_path, "touch rung"),))),
    )
    pagers = Pagers(lambda: InForce(Rules(agent=(dana,)), TEMPLATES, tmp_path), lambda: NOW, before=fenced)
    for to in ("dana/1", "dana/2"):
        with pytest.raises(StoreBroken):
            pagers.submit("", to, PAGE.to_json())
    assert receiver.posted == []
    assert not (tmp_path / "rung").exists()
