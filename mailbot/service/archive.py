"""A backup's file: a tar archive (POSIX.1-2001) compressed with zstd, its manifest first.

The manifest names every file with its octets and SHA-256, the form of the log and the rows of
its tables. Nothing is taken out of an archive that the manifest does not name, and nothing
counts before its digest is right.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import zstandard

from mailbot.errors import MailbotError, quoted

Progress = Callable[[int, int], None]
"""Told how many octets are done, and of how many."""

_FORMAT = 1
_MANIFEST = "manifest.json"
_CHUNK_OCTETS = 1024 * 1024
_LARGEST_MANIFEST = 16 * 1024 * 1024


class BadBackup(MailbotError):
    """A file is no backup of mailbot, or not what was written; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a backup; `path` is relative to the operator's folder."""

    path: str
    octets: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    made_at: datetime
    mailbot: str
    form: str
    rows: Mapping[str, int]
    members: tuple[Member, ...]

    @property
    def octets(self) -> int:
        """All files together, unpacked."""
        return sum(member.octets for member in self.members)

    def to_json(self) -> bytes:
        """Return the manifest as the archive holds it."""
        said = {
            "format": _FORMAT,
            "made_at": self.made_at.isoformat(),
            "mailbot": self.mailbot,
            "form": self.form,
            "rows": dict(self.rows),
            "files": [{"path": one.path, "octets": one.octets, "sha256": one.sha256} for one in self.members],
        }
        return json.dumps(said, indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, octets: bytes) -> Manifest:
        """Return the manifest; raise BadBackup for anything else."""
        try:
            said: dict[str, Any] = json.loads(octets)
            if said["format"] != _FORMAT:
                raise BadBackup("a newer mailbot made this backup: restore it with that version")
            members = tuple(Member(one["path"], int(one["octets"]), one["sha256"]) for one in said["files"])
            made_at = datetime.fromisoformat(said["made_at"])
            manifest = cls(made_at, str(said["mailbot"]), str(said["form"]), dict(said["rows"]), members)
        except (ValueError, KeyError, TypeError) as error:
            raise BadBackup(f"its manifest cannot be understood: {error}") from error
        for member in members:
            path = PurePosixPath(member.path)
            if path.is_absolute() or ".." in path.parts or str(path) != member.path:
                raise BadBackup(f"its manifest names {quoted(member.path)}, which would lie outside of the folder")
        return manifest


def described(path: str, file: Path) -> Member:
    """Return a file as a manifest has it."""
    with file.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256")
        return Member(path, source.tell(), digest.hexdigest())


def write(into: Path, manifest: Manifest, files: Mapping[str, Path], progress: Progress) -> None:
    """Write the archive (0600) and bring it to the disk. `files` says where each file of the manifest is."""
    descriptor = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        # The checksum of zstd would only repeat what the manifest says.
        with (
            zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False) as packed,
            tarfile.open(mode="w|", fileobj=packed, format=tarfile.PAX_FORMAT) as archive,
        ):
            said = manifest.to_json()
            archive.addfile(_entry(_MANIFEST, len(said), manifest), io.BytesIO(said))
            done = 0
            for member in manifest.members:
                with files[member.path].open("rb") as source:
                    told = _Told(source, partial(_further, progress, done, manifest.octets))
                    archive.addfile(_entry(member.path, member.octets, manifest), told)
                done += member.octets
        file.flush()
        os.fsync(file.fileno())


def _entry(name: str, octets: int, manifest: Manifest) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = octets, 0o600, int(manifest.made_at.timestamp())
    return entry


class _Told:
    """A file that tells how far it was read."""

    def __init__(self, source: BinaryIO, tell: Callable[[int], None]) -> None:
        self._source = source
        self._tell = tell
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next octets."""
        octets = self._source.read(size)
        self._read += len(octets)
        self._tell(self._read)
        return octets


def read(path: Path, take: Callable[[Member, Iterator[bytes]], None], progress: Progress) -> Manifest:
    """Hand every file of the archive to `take`, and return the manifest.

    Raise BadBackup, at the end of the file concerned, when octets are not those that the manifest names; and when a
    file is missing or was not named.
    """
    with _opened(path) as archive:
        first = archive.next()
        if first is None or first.name != _MANIFEST or first.size > _LARGEST_MANIFEST:
            raise BadBackup("it has no manifest: no backup of mailbot")
        manifest = Manifest.from_json(_content(archive, first).read())
        missing = {member.path: member for member in manifest.members}
        done = 0
        while (entry := archive.next()) is not None:
            member = missing.pop(entry.name, None)
            if member is None or not entry.isreg():
                raise BadBackup(f"it holds {quoted(entry.name)}, which its manifest does not name")
            checked = _Checked(_content(archive, entry), partial(_further, progress, done, manifest.octets))
            take(member, iter(checked))
            if (checked.octets, checked.digest.hexdigest()) != (member.octets, member.sha256):
                raise BadBackup(f"{member.path} in it is not what was written: the backup is damaged")
            done += checked.octets
    if missing:
        raise BadBackup(f"{min(missing)} is missing in it: the backup is not whole")
    return manifest


class _Checked:
    """A file's octets, counted and digested while somebody takes them."""

    def __init__(self, content: BinaryIO, tell: Callable[[int], None]) -> None:
        self._content = content
        self._tell = tell
        self.octets = 0
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        while octets := self._content.read(_CHUNK_OCTETS):
            self.digest.update(octets)
            self.octets += len(octets)
            self._tell(self.octets)
            yield octets


def _further(progress: Progress, before: int, total: int, octets: int) -> None:
    progress(before + octets, total)


def passed_over(_member: Member, chunks: Iterator[bytes]) -> None:
    """Take nothing: for who only wants to know whether an archive is whole."""
    for _ in chunks:
        pass


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> BinaryIO:
    content = archive.extractfile(entry)
    if content is None:
        raise BadBackup(f"{quoted(entry.name)} in it is no file")
    return content  # type: ignore[return-value]


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with (
            path.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file, closefd=False) as unpacked,
            tarfile.open(mode="r|", fileobj=unpacked) as archive,
        ):
            yield archive
    except BadBackup as error:
        raise BadBackup(f"{path}: {error}") from error
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise BadBackup(f"{path} is no backup of mailbot, or was cut off: {error}") from error
