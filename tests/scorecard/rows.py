"""The messages with ground truth: one row of `manifest.jsonl` each, and the support texts with their labels.

What the fields of the truth mean is the corpus's own affair; here they are only typed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One message; `basis` says who says so that it is of this `kind` ("source", "headers", "default")."""

    path: str
    source: str
    kind: str
    basis: str
    subkind: str
    form: str
    truth: dict[str, Any]
    octets: bytes

    @property
    def is_whole(self) -> bool:
        """Whether it is a message and not a bare body, or several messages in one file."""
        return self.form == "rfc822"


@dataclass(frozen=True, slots=True)
class Text:
    """A support request without headers; `severity` is None where none of them fits, `playbook` where none does."""

    name: str
    subject: str
    body: str
    severity: str | None
    playbook: str | None


def number_of(corpus: Path) -> int:
    """Return how many messages the corpus names."""
    return len((corpus / "manifest.jsonl").read_text().splitlines())


def rows(corpus: Path) -> Iterator[Row]:
    """Yield the messages of a corpus; a file that is named but not there is left out."""
    for line in (corpus / "manifest.jsonl").read_text().splitlines():
        said = json.loads(line)
        file = corpus / said["path"]
        if not file.is_file():
            continue
        yield Row(
            path=said["path"],
            source=said["source"],
            kind=said["kind"],
            basis=said.get("kind_basis", "default"),
            subkind=said.get("subkind", ""),
            form=said.get("format", "rfc822"),
            truth=said["truth"],
            octets=file.read_bytes(),
        )


def texts(corpus: Path) -> Iterator[Text]:
    """Yield the labelled support texts; none where the corpus has none."""
    file = corpus / "support_texts.jsonl"
    for line in file.read_text().splitlines() if file.is_file() else ():
        said = json.loads(line)
        playbook = said["playbook"]
        yield Text(
            name=said["id"],
            subject=said["subject"],
            body=said["body"],
            severity=said["severity"],
            playbook=None if playbook in {None, "none"} else playbook,
        )
