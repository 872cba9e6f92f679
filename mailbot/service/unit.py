"""The systemd unit that runs a desk: a notify service with a watchdog, shut into what it needs.

It may write to its data folder and nowhere else, has no rights of root, and may start programs: those that
print passwords and tokens, and the process that reads messages, which limits itself. A desk that fails is
started again, but not one whose rules are wrong: that needs a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mailbot.rules import Rules

_FIRST_FREE_PORT = 1024
_HOMES = (Path("/home"), Path("/root"), Path("/run/user"))

_UNIT = """\
# mailbot for {folder}. Print it with `mailbot unit`, keep it as /etc/systemd/system/mailbot.service, then:
#     systemctl daemon-reload && systemctl enable --now mailbot
#     systemctl status mailbot; journalctl -u mailbot -o cat; mailbot -C {folder} status
[Unit]
Description=mailbot support desk in {folder}
Wants=network-online.target
After=network-online.target nss-lookup.target time-sync.target

[Service]
Type=notify
User={user}
WorkingDirectory={working}
ExecStartPre=+/usr/bin/install -d -m 0700 -o {user} {data}
ExecStart={command} -C {folder} run --log json
ExecReload={command} -C {folder} reload

# Secrets, one way or the other; neither file needs to be readable by {user}:
#     rules.toml: password = {{ env = "MAIL_PASSWORD" }}, and in mailbot.env: MAIL_PASSWORD=...
EnvironmentFile=-/etc/mailbot/mailbot.env
#     rules.toml: password = {{ file = "/run/credentials/mailbot.service/mail_password" }}
#LoadCredential=mail_password:/etc/mailbot/mail_password

# It says when it is ready and, while every part of it lives, that it lives.
WatchdogSec=2min
TimeoutStartSec=15min
TimeoutStopSec=1min
Restart=on-failure
RestartSec=10s
# Exit codes 78 and 65: the rules are wrong or the log is damaged, and starting again does not mend them.
RestartPreventExitStatus=64 65 78

# What it may use. One message that takes too much memory must not end the desk with it.
MemoryMax=1G
TasksMax=256
OOMPolicy=continue

# What it may touch: its data, and nothing else for writing.
ProtectSystem=strict
ReadWritePaths={writable}
ProtectHome={homes}
PrivateTmp=yes
PrivateMounts=yes
PrivateDevices=yes
DevicePolicy=closed
UMask=0077
RemoveIPC=yes
KeyringMode=private

# What it may do.
NoNewPrivileges=yes
CapabilityBoundingSet={capabilities}
AmbientCapabilities={capabilities}
LockPersonality=yes
MemoryDenyWriteExecute=yes
PrivateUsers={private_users}
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True, slots=True)
class Service:
    """What the unit is for: the operator's folder, the user it runs as, the program that runs it."""

    folder: Path
    user: str
    command: Path


def unit(service: Service, rules: Rules) -> str:
    """Return the unit's text for this folder and these rules; all paths are absolute.

    Ports below 1024 bring the one capability that they need, mail or pages that are written to a folder its path.
    """
    data = service.folder / "data"
    outgoing = (service.folder / rules.relay.maildir).resolve()
    writable = [data]
    if not rules.relay.host and not outgoing.is_relative_to(data):
        writable.append(outgoing)
    named = list(map(_quoted, writable))
    if rules.site.folder:
        # Without it the desk runs as well, and says what to do.
        named.append(_quoted((service.folder / rules.site.folder).resolve(), "-"))
    low = any(0 < _port(door) < _FIRST_FREE_PORT for door in (rules.listen.smtp, rules.listen.lmtp) if door)
    at_home = any(path.is_relative_to(home) for path in (service.folder, service.command) for home in _HOMES)
    return _UNIT.format(
        folder=_quoted(service.folder),
        # Unlike the others, this setting knows no quotes.
        working=str(service.folder).replace("%", "%%"),
        user=service.user,
        data=_quoted(data),
        command=_quoted(service.command),
        writable=" ".join(named),
        homes="read-only" if at_home else "yes",
        capabilities="CAP_NET_BIND_SERVICE" if low else "",
        # The right to low ports is one of the machine, not of users of our own.
        private_users="no" if low else "yes",
    )


def _port(door: str) -> int:
    port = door.rpartition(":")[2]
    return int(port) if port.isdecimal() else 0


def _quoted(path: Path, before: str = "") -> str:
    """Return a path as a unit takes it: "%" doubled (systemd.unit(5), specifiers), quoted where there is a space."""
    text = before + str(path).replace("%", "%%")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if any(char in text for char in " \t\"'\\") else text
