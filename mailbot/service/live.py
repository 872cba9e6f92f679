"""What a running daemon says about itself, to `mailbot status` as to its own watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from mailbot.health import PartState


@dataclass(frozen=True, slots=True)
class Live:
    """What a running daemon says about itself; `rules_at` is since when its rules are in force."""

    pid: int
    version: str
    partner: str
    started_at: datetime
    rules_at: datetime
    ports: Mapping[str, int]
    parts: tuple[PartState, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        plain = asdict(self)
        parts = [asdict(part) | {"since": part.since.isoformat()} for part in self.parts]
        return plain | {
            "started_at": self.started_at.isoformat(),
            "rules_at": self.rules_at.isoformat(),
            "parts": parts,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """Return what `as_json` made the values of; raise KeyError, TypeError or ValueError for anything else."""
        parts = tuple(PartState(**part | {"since": datetime.fromisoformat(part["since"])}) for part in said["parts"])
        instants = {name: datetime.fromisoformat(said[name]) for name in ("started_at", "rules_at")}
        return cls(**{**said, **instants, "parts": parts})
