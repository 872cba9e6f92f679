r"""One signed-in IMAP connection.

Every step has a time limit, because IMAPClient has none of its own and drops the socket's during IDLE (issues 349,
403, 449 and 565 there): a silent server is noticed by the read timeout, a server that trickles by a timer that cuts the
connection, a vanished one by TCP keep-alive.
Messages are fetched with BODY.PEEK from a folder opened with EXAMINE, so that nothing can become \Seen. Errors come
out as `mailbot.intake.imap.trouble`: lost connections, refused sign-ins, sessions and commands.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self

from mailbot.intake.imap.client import (
    Client,
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    SocketTimeout,
)
from mailbot.intake.imap.signin import check_protection, sign_in, start_tls
from mailbot.intake.imap.trouble import (
    CommandRefused,
    ConnectionLost,
    ImapTrouble,
    explain_command,
    explain_connecting,
    explain_loss,
)
from mailbot.rules import Mailbox, Secret

CONNECT_SECONDS = 30.0
READ_SECONDS = 60.0
_STEP_SECONDS = 120.0
_SLOWEST_OCTETS_PER_SECOND = 10_000
_GOODBYE_SECONDS = 5.0
DONE_SECONDS = 30.0
_LOOK_UP_SECONDS = 1.0

# imaplib gives up on lines over 1,000,000 octets; a search answer has at most 11 octets for each message.
_MESSAGES_PER_SEARCH = 50_000
_HEADER_OCTETS = 1 << 20
_HEADER_ITEM = f"BODY.PEEK[HEADER]<0.{_HEADER_OCTETS}>"


@dataclass(frozen=True, slots=True)
class FolderState:
    """What EXAMINE says: `uidnext` is None where the server keeps it to itself, and wrong on some that do not."""

    uidvalidity: int
    uidnext: int | None
    exists: int


@dataclass(frozen=True, slots=True)
class Found:
    """A message's size in octets and INTERNALDATE (UTC; None when unreadable), known before its body."""

    uid: int
    size: int
    internal_date: datetime | None


class Connection:
    """A connection that is signed in. Use it as a context manager, in one thread."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._was_cut = False
        self._sizes_at_opening: list[int] = []
        self.capabilities: frozenset[str] = frozenset()

    @classmethod
    def open(cls, mailbox: Mailbox, secrets: Callable[[Secret], str], tls: ssl.SSLContext | None = None) -> Self:
        """Connect and sign in; the password or token is asked for afresh each time.

        `tls` replaces the system's trusted certificates. Raise ConfigError where the
        password would travel unprotected, ConnectionLost or SignInRefused otherwise.
        """
        check_protection(mailbox)
        context = tls or ssl.create_default_context()
        timeout = SocketTimeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
        implicit = mailbox.tls == "implicit"
        try:
            client = Client(mailbox.host, mailbox.port, ssl=implicit, ssl_context=context, timeout=timeout)
        except (OSError, IMAPClientError) as error:
            raise explain_connecting(error, mailbox) from error
        client.normalise_times = False
        connection = cls(client)
        try:
            connection._keep_alive()
            with connection._cut_after(_STEP_SECONDS):
                if mailbox.tls == "starttls":
                    start_tls(client, mailbox, context)
                sign_in(client, mailbox, secrets)
            with connection._talking("CAPABILITY"):
                connection.capabilities = frozenset(name.decode("ascii", "replace") for name in client.capabilities())
        except BaseException:
            connection.abandon()
            raise
        return connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            with suppress(ImapTrouble), self._talking("LOGOUT", _GOODBYE_SECONDS):
                self._client.socket().settimeout(_GOODBYE_SECONDS)
                self._client.logout()
                return
        self.abandon()

    def abandon(self) -> None:
        """Close without a word."""
        with suppress(OSError, IMAPClientError):
            self._client.shutdown()

    def examine(self, folder: str, *, writable: bool = False) -> FolderState:
        """Open a folder, read-only unless `writable`, and return what is in it now."""
        with self._talking(f"opening the folder {folder}"):
            try:
                answer = self._client.select_folder(folder, readonly=not writable)
            except IMAPClientReadOnlyError as error:
                raise CommandRefused(
                    f"the folder {folder} can be read but not changed", "take `move_to` out of rules.toml"
                ) from error
            self._sizes_at_opening = self._client.said("EXISTS")
            return FolderState(int(answer[b"UIDVALIDITY"]), answer.get(b"UIDNEXT"), self.exists)

    @property
    def exists(self) -> int:
        """Return how many messages the folder held when it was opened last."""
        return self._sizes_at_opening[-1]

    def has_news(self) -> bool:
        """Return whether the server has announced, with other answers, mail that came since the folder was opened.

        A number that only repeats what is known is no news: some servers send it with every answer.
        """
        with self._talking("what was announced"):
            announced = self._client.said("EXISTS")[len(self._sizes_at_opening) :]
            left = self.exists - len(self._client.said("EXPUNGE"))
        return max(announced, default=0) > left

    def search(self, first_uid: int, exists: int, *, since: date | None = None) -> list[int]:
        """Return the UIDs from `first_uid` on, ascending; with `since` those dated that day or later.

        The day is that of INTERNALDATE in whatever zone the server counts days.
        """
        if not exists:
            return []
        wanted: list[Any] = ["UID", f"{first_uid}:*"]
        if since is not None:
            wanted += ["SINCE", since]
        starts = range(1, exists + 1, _MESSAGES_PER_SEARCH)
        found: set[int] = set()
        for start in starts:
            window = []
            if len(starts) > 1:
                end = "*" if start == starts[-1] else str(start + _MESSAGES_PER_SEARCH - 1)
                window = [f"{start}:{end}"]
            with self._talking("SEARCH"):
                found.update(self._client.search([*window, *wanted]))
        # "7:*" names the last message even where its UID is below 7 (RFC 9051 section 9, seq-range).
        return sorted(uid for uid in found if uid >= first_uid)

    def still_there(self, uids: Collection[int]) -> set[int]:
        """Return those of the UIDs that the folder still holds."""
        with self._talking("SEARCH"):
            return set(self._client.search(["UID", ",".join(map(str, uids))])) & set(uids)

    def find(self, uids: Collection[int]) -> list[Found]:
        """Return size and date of those that are still there, by UID."""
        with self._talking("FETCH of sizes"):
            answer = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
            return [
                Found(uid, int(data[b"RFC822.SIZE"]), _utc(data.get(b"INTERNALDATE")))
                for uid, data in sorted(answer.items())
                if b"RFC822.SIZE" in data
            ]

    def bodies(self, uids: Collection[int], octets: int) -> dict[int, bytes]:
        """Return whole messages by UID, `octets` in all; those no longer there are missing."""
        return self._octets(uids, "BODY.PEEK[]", b"BODY[]", octets)

    def header_sections(self, uids: Collection[int]) -> dict[int, bytes]:
        """Return header sections by UID, each cut at 1 MiB."""
        return self._octets(uids, _HEADER_ITEM, b"BODY[HEADER]<0>", _HEADER_OCTETS * len(uids))

    def header_fields(self, uids: Collection[int], name: str) -> dict[int, bytes]:
        """Return the fields of that name by UID, as in the message."""
        # Exchange writes HEADER.FIELDS ("FROM") where others write (FROM).
        return self._octets(uids, f"BODY.PEEK[HEADER.FIELDS ({name})]", b"BODY[HEADER.FIELDS", 1000 * len(uids))

    def can_move(self) -> bool:
        r"""Return whether messages can be moved without expunging what somebody else has marked \Deleted."""
        return self.can_move_at_once() or "UIDPLUS" in self.capabilities

    def can_move_at_once(self) -> bool:
        """Return whether moving is one command, which leaves no copy behind when it is cut off (RFC 6851)."""
        return "MOVE" in self.capabilities

    def can_idle(self) -> bool:
        """Return whether the server announces new mail (RFC 2177)."""
        return "IDLE" in self.capabilities

    def move(self, uids: Collection[int], folder: str, copied: set[int]) -> None:
        """Move messages; `copied` remembers, over failures, which are in the other folder already (RFC 6851)."""
        if self.can_move_at_once():
            with self._talking(f"MOVE to {folder}"):
                self._client.move(uids, folder)
            return
        if to_copy := [uid for uid in uids if uid not in copied]:
            with self._talking(f"COPY to {folder}"):
                self._client.copy(to_copy, folder)
            copied.update(to_copy)
        with self._talking("removing what was copied"):
            self._client.add_flags(uids, [rb"\Deleted"], silent=True)
            self._client.uid_expunge(uids)
        copied.difference_update(uids)

    def folders(self) -> dict[str, frozenset[str]]:
        r"""Return the folder names with their attributes, such as "\Junk" (RFC 6154)."""
        with self._talking("LIST"):
            return {
                name: frozenset(mark.decode("ascii", "replace") for mark in marks)
                for marks, _, name in self._client.list_folders()
            }

    def idle(self, seconds: float, interrupted: Callable[[], bool]) -> None:
        """Wait until mail may have come, `seconds` are over, or `interrupted()`, which is asked every second."""
        until = time.monotonic() + seconds
        with self._talking("IDLE"):
            self._client.idle()
        # What came since the folder was opened may have come after it was searched: IDLE does not repeat it.
        waiting = not self.has_news()
        while waiting and (left := until - time.monotonic()) > 0 and not interrupted():
            looked_up_at = time.monotonic()
            slice_seconds = min(left, _LOOK_UP_SECONDS)
            with self._talking("IDLE"):
                answers = self._client.idle_check(timeout=slice_seconds)
            # Readable and yet no answer: the server has closed, which the next command will find out.
            ended = not answers and time.monotonic() - looked_up_at < slice_seconds / 2
            waiting = not ended and not any(_is_news(answer) for answer in answers)
        with self._talking("the end of IDLE", DONE_SECONDS):
            self._client.idle_done()

    def _octets(self, uids: Collection[int], item: str, key: bytes, octets: int) -> dict[int, bytes]:
        with self._talking("FETCH", _STEP_SECONDS + octets / _SLOWEST_OCTETS_PER_SECOND):
            answer = self._client.fetch(uids, [item])
        return {
            uid: value
            for uid, data in answer.items()
            for name, value in data.items()
            if name.startswith(key) and isinstance(value, bytes)
        }

    def _keep_alive(self) -> None:
        sock = self._client.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, option):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)

    @contextmanager
    def _cut_after(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self._was_cut = True
        # Not SSLSocket.shutdown, which takes the TLS object away from the thread that reads from it.
        with suppress(OSError):
            socket.socket.shutdown(self._client.socket(), socket.SHUT_RDWR)

    @contextmanager
    def _talking(self, what: str, seconds: float = 0.0) -> Iterator[None]:
        """Bound a step in time (0: the usual limit) and turn its errors into ours."""
        try:
            with self._cut_after(seconds or _STEP_SECONDS):
                yield
        except (IMAPClientAbortError, OSError) as error:
            if self._was_cut:
                raise ConnectionLost(f"{what} took too long and was cut off") from error
            raise explain_loss(error, what) from error
        except (IMAPClientError, ValueError, TypeError, LookupError, AssertionError) as error:
            # The parser trips over answers that break the protocol; the next command may well succeed.
            raise explain_command(error, what) from error


def _utc(instant: datetime | None) -> datetime | None:
    try:
        return instant.astimezone(UTC) if instant and instant.tzinfo else None
    except (OverflowError, ValueError):
        return None


def _is_news(answer: tuple[Any, ...]) -> bool:
    # (4, b"EXISTS") and (1, b"RECENT") announce mail, (b"BYE", …) an end; flags set by others are no news.
    return bool({b"EXISTS", b"RECENT", b"BYE"} & {part for part in answer[:2] if isinstance(part, bytes)})
