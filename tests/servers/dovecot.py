"""A real IMAP server for tests: Debian's Dovecot from one temporary folder, on loopback, without privileges.

Any address is a user, and all have the same password. Nothing of the system's own Dovecot is touched: the
configuration, sockets, logs and mail live in a folder that goes away with the server. Root runs it as nobody.
Dovecot 2.4 reads another configuration language than 2.3, so the binary is asked for its version.
"""

import base64
import grp
import hashlib
import hmac
import itertools
import json
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from mailbot.rules import Mailbox, Secret, SignIn
from tests.servers.ports import free_port as free_port  # noqa: PLC0414 - others ask for it here

PASSWORD = "orange-kettle"
USER = "support@example.com"
_TOKEN_KEY = b"a key that only this test server knows"
_START_SECONDS = 10.0
_NUMBERS = itertools.count(1)


def _unprivileged() -> tuple[str, str]:
    """Return the user and group that the server runs as: ourselves, or nobody where we are root."""
    account = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    return account.pw_name, grp.getgrgid(account.pw_gid).gr_name


def signed_token(user: str, *, key: bytes = _TOKEN_KEY, expires_at: float | None = None) -> str:
    """Return an OAuth access token (a JWT, RFC 7519) for that user, by default one that the server accepts."""

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

    claims = {"sub": user, "iat": int(time.time()) - 5, "exp": int(expires_at or time.time() + 600)}
    signed = f"{part(json.dumps({'alg': 'HS256', 'typ': 'JWT'}).encode())}.{part(json.dumps(claims).encode())}"
    return f"{signed}.{part(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


@dataclass
class Dovecot:
    """One server. `capability` replaces what IMAP advertises ("IMAP4rev1" alone: no IDLE, MOVE, UIDPLUS).

    `tokens` lets `signed_token` sign in by XOAUTH2; `special` names a folder that is marked as the junk folder, `sent`
    the one of sent mail.
    `quota` bounds each mailbox ("100K"). `user` is whose mailbox the methods use unless they are told another.
    """

    folder: Path
    user: str = USER
    password: str = PASSWORD
    capability: str = ""
    tokens: bool = False
    special: str = ""
    sent: str = ""
    quota: str = ""
    certificate: Path | None = None
    imap_port: int = field(default_factory=free_port)
    imaps_port: int = field(default_factory=free_port)
    lmtp_port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait for the greeting; raise RuntimeError with the server's log when none comes."""
        user, group = _unprivileged()
        config = self.folder / "dovecot.conf"
        config.write_text(self._config(user, group))
        if self.tokens:
            self._write_token_key()
        root = os.geteuid() == 0
        if root:
            self._give_to(user, group)
        self._process = subprocess.Popen(
            [_binary() or "dovecot", "-F", "-c", str(config)],
            user=user if root else None,
            group=group if root else None,
            extra_groups=[] if root else None,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.imap_port), timeout=5) as probe:
                    if probe.recv(100).startswith(b"* OK"):
                        return
            except OSError:
                time.sleep(0.02)
        message = f"Dovecot gave no greeting; its log:\n{self.log()}"
        self.stop()
        raise RuntimeError(message)

    def stop(self) -> None:
        """Stop as an administrator would, ending every connection."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=10)
        # Sessions in IDLE outlive the master process.
        self.kill()

    def kill(self) -> None:
        """End the server at once, as a power cut would, and every process that it started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def running(self) -> bool:
        """Return whether the server is up."""
        return self._process is not None and self._process.poll() is None

    def restart(self) -> None:
        """Stop, then start on the same ports with the same mail."""
        self.stop()
        self.start()

    def log(self) -> str:
        """Return what the server wrote to its log."""
        log = self.folder / "dovecot.log"
        return log.read_text(errors="replace") if log.exists() else "(none)"

    def rules(self, user: str = "", **changes: Any) -> Mailbox:
        """Return the rules.toml form of this mailbox without sent mail; IMAP_PASSWORD has the password."""
        sign_in = SignIn(user=user or self.user, password=Secret(env="IMAP_PASSWORD"))
        form = Mailbox(host="127.0.0.1", port=self.imap_port, tls="none", sign_in=sign_in, sent="")
        return form.model_copy(update=changes)

    def secrets(self, _: Secret) -> str:
        """Return the password, whatever it is said to lie in."""
        return self.password

    @contextmanager
    def client(self, user: str = "") -> Iterator[IMAPClient]:
        """Sign in as a second client, the person with a mail program."""
        with IMAPClient("127.0.0.1", self.imap_port, ssl=False, timeout=10) as client:
            client.plain_login(user or self.user, self.password)
            yield client

    def append(self, raw: bytes, folder: str = "INBOX", *, user: str = "", **options: Any) -> None:
        """Put a message into a folder, which is made when missing; options are those of IMAPClient.append."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            client.append(folder, raw, **options)

    def append_all(self, raws: Iterable[bytes], folder: str = "INBOX", **options: Any) -> None:
        """Put messages into a folder that exists, over one connection."""
        with self.client() as client:
            for raw in raws:
                client.append(folder, raw, **options)

    def deliver(self, raw: bytes, *, to: str = "", reverse_path: str = "") -> None:
        """Hand a message over by LMTP, as an MTA would."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=10) as lmtp:
            lmtp.sendmail(reverse_path, [to or self.user], raw)

    def flags(self, folder: str = "INBOX", *, user: str = "") -> dict[int, tuple[bytes, ...]]:
        r"""Return the flags of every message, by UID, without \Recent, which belongs to sessions."""
        with self.client(user) as client:
            client.select_folder(folder, readonly=True)
            answer = client.fetch(client.search("ALL"), ["FLAGS"])
        return {uid: tuple(flag for flag in data[b"FLAGS"] if flag != rb"\Recent") for uid, data in answer.items()}

    def maildir(self, user: str = "") -> Path:
        """Return where the INBOX lies on disk."""
        return self.folder / "mail" / (user or self.user) / "Maildir"

    def renumber(self, *, user: str = "") -> None:
        """Restart with the INBOX's indexes gone, as after a rebuild: the same mail under a new UIDVALIDITY."""
        self.kill()
        for index in ("dovecot-uidlist", "dovecot.index", "dovecot.index.log", "dovecot.index.cache"):
            (self.maildir(user) / index).unlink(missing_ok=True)
        self.start()

    def _give_to(self, user: str, group: str) -> None:
        for path in (self.folder, *self.folder.rglob("*")):
            shutil.chown(path, user, group)

    def _write_token_key(self) -> None:
        key = self.folder / "keys" / "default" / "HS256" / "default"
        key.parent.mkdir(parents=True, exist_ok=True)
        key.write_bytes(base64.b64encode(_TOKEN_KEY))
        (self.folder / "oauth2.conf").write_text(
            f"introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={self.folder}/keys/\n"
            "username_attribute = sub\n"
        )

    def _config(self, user: str, group: str) -> str:
        common = f"""
listen = 127.0.0.1
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/dovecot.log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_max_userip_connections = 50
mail_fsync = never
auth_failure_delay = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.imap_port}
  }}
  inet_listener imaps {{
    port = {self.imaps_port if self.certificate else 0}
  }}
}}
service anvil {{
  chroot =
  # One test's wrong password must not slow down the next test's right one.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {self.lmtp_port}
  }}
}}
"""
        marked = [(name, mark) for name, mark in ((self.special, "Junk"), (self.sent, "Sent")) if name]
        if marked:
            boxes = "".join(
                f"  mailbox {name} {{\n    auto = create\n    special_use = \\{mark}\n  }}\n" for name, mark in marked
            )
            common += f"namespace inbox {{\n  inbox = yes\n{boxes}}}\n"
        if self.capability:
            common += f"imap_capability = {self.capability}\n"
        return (self._config_2_3 if _version() < (2, 4) else self._config_2_4)(user, group) + common

    def _config_2_3(self, user: str, group: str) -> str:
        tls = "ssl = no\n"
        if self.certificate:
            tls = f"ssl = yes\nssl_cert = <{self.certificate}/cert.pem\nssl_key = <{self.certificate}/key.pem\n"
        tokens = ""
        if self.tokens:
            tokens = f"""auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {self.folder}/oauth2.conf
}}
"""
        quota = ""
        if self.quota:
            quota = f"""mail_plugins = quota
plugin {{
  quota = maildir:User
  quota_rule = *:storage={self.quota}
}}
"""
        return f"""protocols = imap lmtp
disable_plaintext_auth = no
{tls}{tokens}passdb {{
  driver = static
  args = password={self.password}
  mechanisms = plain login
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={self.folder}/mail/%u allow_all_users=yes
}}
mail_location = maildir:~/Maildir
{quota}"""

    def _config_2_4(self, user: str, group: str) -> str:
        tls = "ssl = no\n"
        if self.certificate:
            tls = f"ssl = yes\nssl_server_cert_file = {self.certificate}/cert.pem\n"
            tls += f"ssl_server_key_file = {self.certificate}/key.pem\n"
        tokens = ""
        if self.tokens:
            tokens = f"""auth_mechanisms = plain login xoauth2
oauth2 {{
  introspection_mode = local
  username_attribute = sub
  oauth2_local_validation {{
    dict fs {{
      fs posix {{
        prefix = {self.folder}/keys/
      }}
    }}
  }}
}}
"""
        quota = ""
        if self.quota:
            quota = f"""mail_plugins {{
  quota = yes
}}
quota User {{
  storage_size = {self.quota}
}}
"""
        return f"""dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols {{
  imap = yes
  lmtp = yes
}}
auth_allow_cleartext = yes
{tls}{tokens}passdb static {{
  password = "{self.password}"
}}
userdb static {{
  userdb_static_allow_all_users = yes
  fields {{
    uid = {user}
    gid = {group}
    home = {self.folder}/mail/%{{user}}
  }}
}}
mail_driver = maildir
mail_path = ~/Maildir
mailbox_list_layout = maildir++
{quota}"""


def _binary() -> str | None:
    # Debian keeps it in /usr/sbin, which is not on an ordinary user's PATH.
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")


def _version() -> tuple[int, ...]:
    answer = subprocess.run([_binary() or "dovecot", "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(number) for number in answer.split()[0].split(".")[:2])


def certificate(folder: Path) -> Path:
    """Make a self-signed certificate for 127.0.0.1, and not for localhost: cert.pem and key.pem in that folder."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=mail.example.com", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@contextmanager
def running(*, tls: bool = False, **settings: Any) -> Iterator[Dovecot]:
    """Run a server with these settings of `Dovecot`; skip the test where Dovecot is not installed."""
    if _binary() is None:
        pytest.skip("Dovecot is not installed: apt-get install dovecot-imapd dovecot-lmtpd")
    # Not pytest's tmp_path: nobody may not enter it, and a Unix socket's path must stay under 108 octets.
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    server = Dovecot(folder, certificate=certificate(folder / "tls") if tls else None, **settings)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _shared_dovecot() -> Iterator[Dovecot]:
    with running() as server:
        yield server


@pytest.fixture
def dovecot(_shared_dovecot: Dovecot) -> Dovecot:
    """A server with everything that Dovecot offers, without TLS, and with an empty mailbox for this test alone."""
    if not _shared_dovecot.running():
        _shared_dovecot.start()
    _shared_dovecot.user = f"support-{next(_NUMBERS)}@example.com"
    return _shared_dovecot


@pytest.fixture
def start_dovecot(request: pytest.FixtureRequest) -> Callable[..., Dovecot]:
    """Start servers with other settings; they end with the test."""

    def start(**settings: Any) -> Dovecot:
        server = running(**settings)
        entered = server.__enter__()
        request.addfinalizer(lambda: server.__exit__(None, None, None))
        return entered

    return start
