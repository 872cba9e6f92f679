"""Which folders of mailboxes this process reads, so that no other mailbot on this machine reads them as well.

Two on one mailbox, such as one that runs in a copy of the operator's folder, would each answer every customer, and each
send what waits in its outbox. A claim is a name in the abstract namespace of Unix sockets (unix(7)): the kernel gives
it up with the process. Who reads the same mailbox from another machine is not found out.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256

from mailbot.errors import StoreBusy
from mailbot.rules import Mailbox, Rules

_CREDENTIALS = struct.Struct("3i")


class Claims:
    """The claims of this process, which follow the rules in force."""

    def __init__(self) -> None:
        """Begin with none."""
        self._held: dict[str, socket.socket] = {}

    def follow(self, rules: Rules) -> None:
        """Claim what these rules read, and give up the rest; raise StoreBusy when another mailbot here reads it."""
        wanted = {name: box for box in rules.mailbox for name in _names(box)}
        for name, box in wanted.items():
            if name not in self._held and (claim := _claimed(name, box)) is not None:
                self._held[name] = claim
        for name in self._held.keys() - wanted.keys():
            self._held.pop(name).close()

    def close(self) -> None:
        """Give all of them up."""
        self.follow(Rules())


def _names(box: Mailbox) -> Iterator[str]:
    for folder in (*box.folders, *((box.junk,) if box.junk else ())):
        words = "\n".join((box.host.lower(), str(box.port), box.sign_in.user, folder))
        yield f"\0mailbot-{sha256(words.encode()).hexdigest()}"


def _claimed(name: str, box: Mailbox) -> socket.socket | None:
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(name)
        claim.listen()
    except OSError as error:
        claim.close()
        process, user = _holder(name)
        # Anybody on this machine could take such a name; it says something only where one of ours did.
        if user not in {os.geteuid(), 0}:
            return None
        raise StoreBusy(
            f"another mailbot on this machine (process {process}) reads the mailbox of {box.sign_in.user} at "
            f"{box.host}, and both would answer every customer; end that one first"
        ) from error
    return claim


def _holder(name: str) -> tuple[int | str, int]:
    """Return the process and the user that have claimed a name."""
    with socket.socket(socket.AF_UNIX) as asking, suppress(OSError):
        asking.setblocking(False)  # noqa: FBT003 - so the library has it
        asking.connect(name)
        found = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        process, user, _group = _CREDENTIALS.unpack(found)
        return process, user
    return "unknown", os.geteuid()
