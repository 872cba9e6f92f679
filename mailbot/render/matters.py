"""What an incident is called in each language, where its title is one of the phrases [matter] of ours."""

from __future__ import annotations

from mailbot.deciding.radar import Matter
from mailbot.render.wording import Wording


def title(matter: Matter, wording: Wording) -> str:
    """Return what an incident about that matter is called."""
    return wording.phrase(f"matter.{matter}", {})


def is_one(written: str, ours: Wording) -> bool:
    """Return whether a title is one of our phrases."""
    return _matter(written, ours) is not None


def in_words_of(reader: Wording, written: str, ours: Wording) -> str:
    """Return a title of ours as its reader's language has it; as it is written where it is none of our phrases."""
    matter = _matter(written, ours)
    return written if matter is None else title(matter, reader)


def _matter(written: str, ours: Wording) -> Matter | None:
    return next((one for one in Matter if title(one, ours).casefold() == written.casefold()), None)
