"""Debian's Postfix as a relay, from one temporary folder, on loopback; the system's own instance stays untouched.

It takes mail by SMTP with STARTTLS, and hands on to the places given in `routes`: a domain to
"smtp:[127.0.0.1]:2525" or "lmtp:inet:127.0.0.1:2424". Nothing leaves this machine. Needs root.
"""

from __future__ import annotations

import os
import shutil
import smtplib
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from mailbot import rules
from tests.servers.ports import free_port
from tests.servers.smtp import Certificate, certificate

_START_SECONDS = 20.0

_MASTER = """\
{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = relay.example
mydestination =
local_recipient_maps =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
disable_dns_lookups = yes
default_transport = error:no route in this test
transport_maps = inline:{{ {routes} }}
smtpd_forbid_bare_newline = yes
smtpd_tls_security_level = may
smtpd_tls_cert_file = {chain}
smtpd_tls_key_file = {key}
smtputf8_enable = no
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
"""


@dataclass
class Postfix:
    """One instance; `with Postfix({"example.net": …}) as relay` skips the test where Postfix cannot be run."""

    routes: dict[str, str]
    port: int = 0
    folder: Path = field(init=False)
    certificate: Certificate = field(init=False)

    def __enter__(self) -> Self:
        if os.geteuid() != 0 or shutil.which("postfix") is None:
            pytest.skip("needs Debian's postfix, and root: apt-get install postfix")
        # Postfix's own user has to get in, which pytest's folders do not allow.
        self.folder = Path(tempfile.mkdtemp(prefix="postfix-"))
        self.folder.chmod(0o755)
        self.port = free_port()
        for name in ("config", "queue", "data"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        self.certificate = certificate(self.folder)
        routes = ", ".join(f"{{ {domain} = {place} }}" for domain, place in self.routes.items())
        (self.folder / "config/main.cf").write_text(
            _MAIN.format(folder=self.folder, routes=routes, chain=self.certificate.chain, key=self.certificate.key)
        )
        (self.folder / "config/master.cf").write_text(_MASTER.format(port=f"127.0.0.1:{self.port}"))
        try:
            self._command("start")
            self._wait_for_greeting()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        subprocess.run(["postfix", "-c", str(self.folder / "config"), "stop"], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def rules(self) -> rules.Relay:
        """What stands in rules.toml for this relay."""
        return rules.Relay(host="127.0.0.1", port=self.port, tls="starttls")

    def log(self) -> str:
        """What the instance wrote to its log."""
        log = self.folder / "log"
        return log.read_text(errors="replace") if log.exists() else "(none)"

    def _command(self, command: str) -> None:
        ran = subprocess.run(
            ["postfix", "-c", str(self.folder / "config"), command], check=False, capture_output=True, text=True
        )
        assert ran.returncode == 0, f"postfix {command}: {ran.stderr}{self.log()}"

    def _wait_for_greeting(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                with smtplib.SMTP("127.0.0.1", self.port, timeout=5):
                    return
            except (OSError, smtplib.SMTPException):
                assert time.monotonic() < deadline, self.log()
                time.sleep(0.05)
