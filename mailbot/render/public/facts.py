"""What the public pages may speak of: the operator's brand, articles and incidents, and nothing of any customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from posixpath import dirname, relpath
from typing import Any

from mailbot.deciding.incidents import UpdateKind
from mailbot.rules import Playbook


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is among the others, each by its name: a path below the folder, such as "en/status.html".

    `page` is the page itself, "" for one that is shown in place of any that is missing, and `same_as` the page that
    holds the same, itself as a rule. `root` is the web address of the folder, "" where none is known. `help`, `status`
    and `feed` are the pages of these in the reader's language, "" for none; `script` and `index` belong to the search.
    `languages` are this page in all of its languages, by language, and `usual` is the one of these that is the
    operator's, "" for none of them.
    """

    page: str
    same_as: str
    root: str
    status: str
    help: str = ""
    feed: str = ""
    script: str = ""
    index: str = ""
    languages: tuple[tuple[str, str], ...] = ()
    usual: str = ""

    def href(self, page: str) -> str:
        """Return the address of a page from this one; relative, so that the folder can lie anywhere."""
        if "://" in page:
            return page
        if not self.page:
            return f"{self.root}/{page}"
        name, mark, anchor = page.partition("#")
        return f"{relpath(name, dirname(self.page) or '.')}{mark}{anchor}"

    def address(self, page: str) -> str:
        """Return the web address of a page, "" where none is known."""
        return f"{self.root}/{page}" if self.root and page else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicFacts:
    """The facts of every public page: whose it is, and how he is reached. `phone` is answered in hours."""

    brand: str
    place: Place
    address: str
    website: str = ""
    phone: str = ""
    emergency_number: str = ""
    country: str = "US"


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in a list: its page, or its link, and then `elsewhere` is the web site that this leads to."""

    title: str
    page: str
    description: str = ""
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A heading with its articles; `anchor` is its place in the page."""

    name: str
    anchor: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpFacts(PublicFacts):
    """The articles of one language by topic; `data` says to machines what the page is (JSON-LD)."""

    topics: tuple[Topic, ...]
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFacts(PublicFacts):
    """One article; `body` is clean HTML. `others` are on the same topic, and `data` is as with the list of articles."""

    title: str
    topic: Topic
    body: str
    description: str
    others: tuple[Entry, ...]
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of an incident, "" where the kind alone was."""

    at: datetime
    kind: UpdateKind
    text: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """An incident as the public reads it: what was said of it stands newest first.

    Without a `title` for its reader its `playbook` says what it is about, None for neither. `lasted` is None while it
    lasts. `page` is that of its month, with its place there.
    """

    number: int
    title: str
    playbook: Playbook | None
    since: datetime
    lasted: timedelta | None
    said: tuple[Said, ...]
    page: str

    @property
    def anchor(self) -> str:
        """Return its place in a page."""
        return f"incident-{self.number}"


@dataclass(frozen=True, slots=True)
class Month:
    """A month, by its first day, with the incidents that began in it, newest first, and its page, "" for none."""

    first: date
    troubles: tuple[Trouble, ...] = ()
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts(PublicFacts):
    """How the service is: what lasts, newest first, the last months without that, and those before with incidents."""

    lasting: tuple[Trouble, ...]
    months: tuple[Month, ...]
    earlier: tuple[Month, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFacts(PublicFacts):
    """The incidents of one month; `before` and `after` are the next ones with incidents, None for none."""

    month: Month
    before: Month | None
    after: Month | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFacts(PublicFacts):
    """What stands in the place of a page that there is not."""


AnyPublicFacts = HelpFacts | ArticleFacts | StatusFacts | MonthFacts | MissingFacts
