"""docs/personal-data.md names each place where the log holds words and addresses, and what [retention] leaves there."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.desk.retaining import forget_old
from mailbot.errors import PermanentFailure
from mailbot.store import senders
from mailbot.store.columns import Instant, Switch, Whole
from mailbot.store.packing import decompress
from mailbot.store.tables import METADATA
from tests.service import test_relays, test_unbidden
from tests.service.office import RULES, SUPPORT, Office, mail, office
from tests.service.test_relays import DANA, relays, reply
from tests.service.test_together import TEAM

DOCUMENT = (Path(__file__).parent.parent.parent / "docs" / "personal-data.md").read_text()
KEEP = "[retention]\nmessages = 30\nentries = 40\nmails = 50\nquarantine = 20\n"
# Words that stand nowhere else: of a customer, of her files, of what one of us wrote about her.
WORDS = ("wolpertinger", "flamingo", "armadillo", "pangolin", "okapi")
ADDRESSES = ("zanzibar@acme-dental.example", "quokka@elsewhere.example", "numbat@gmail.com", "dugong@bolt.example")
ZANZIBAR = f"Wolpertinger Roe <{ADDRESSES[0]}>"
# The tables in which SQLite keeps the index say nothing that its columns do not.
INDEX = re.compile(r"entry_fts_(?!data)")

Column = tuple[str, str]


@dataclass(frozen=True)
class Holding:
    """What the document says of a column."""

    words: bool
    addresses: bool
    until: str


def cells(heading: str) -> Iterator[list[str]]:
    """Yield the rows below the heading of a table in the document."""
    for line in DOCUMENT.partition(f"{heading}\n")[2].splitlines()[1:]:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


def documented() -> dict[Column, list[Holding]]:
    found: dict[Column, list[Holding]] = {}
    for table, columns, holds, until in cells("| table | columns | holds | until |"):
        kinds = holds.partition(":")[0]
        holding = Holding("words" in kinds, "addresses" in kinds, until.strip("`"))
        for column in columns.split(", "):
            found.setdefault((table.strip("`"), column.strip("`")), []).append(holding)
    return found


def harmless() -> set[Column]:
    rows = cells("| table | columns |")
    return {(table.strip("`"), column.strip("`")) for table, columns in rows for column in columns.split(", ")}


def test_each_column_that_can_hold_words_is_named_once() -> None:
    can_hold = {
        (table.name, column.name)
        for table in METADATA.tables.values()
        for column in table.columns
        if not isinstance(column.type, (Instant, Switch, Whole))
    }
    named = {column for column in documented() if column[0] != "entry_fts"}
    assert can_hold - named - harmless() == set(), "say in docs/personal-data.md what these columns hold"
    assert (named | harmless()) - can_hold == set()
    assert named & harmless() == set()
    kept = {one.until for holdings in documented().values() for one in holdings if one.words}
    assert kept == {"messages", "entries", "mails"}, "no words of people stay"


def places(log: Path, wanted: tuple[str, ...]) -> set[Column]:
    """Return the columns of all tables, SQLite's own among them, in which one of these stands."""
    found = set()
    with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as conn:
        tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for column in [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]:
                values = conn.execute(f'SELECT "{column}" FROM "{table}"')  # noqa: S608 - names of the schema
                if any(said in text for (value,) in values for text in [as_text(value)] for said in wanted):
                    found.add((table, column))
    return {one for one in found if not INDEX.match(one[0])}


def as_text(value: object) -> str:
    if isinstance(value, bytes):
        whole = decompress(value) if value.startswith(b"\x28\xb5\x2f\xfd") else value
        return whole.decode("latin-1").lower()
    return str(value).lower()


def busy(desk: Office) -> None:
    """Let the desk do with people's mail what it can do: in each place their words and addresses would come to lie."""
    file = (
        "--b\r\nContent-Type: text/plain\r\n\r\nWhere is the armadillo setting?\r\n--b\r\nContent-Type: text/plain; "
        'name="pangolin.txt"\r\nContent-Disposition: attachment; filename="pangolin.txt"\r\n\r\narmadillo\r\n--b--'
    )
    copy = {"To": f"{SUPPORT}, tom@acme-dental.example", "Cc": "dugong@bolt.example"}
    desk.receive(
        mail(
            ZANZIBAR,
            file,
            subject="Flamingo settings",
            message_id=f"q1.{ADDRESSES[0]}",
            content_type="multipart/mixed; boundary=b",
            replaces=copy,
        )
    )
    desk.let_pass(timedelta(0))
    relay = relays(desk, DANA)[-1]
    for words in (
        "#wait okapi carrier until 2 dec\nLook at the okapi, Wolpertinger.",
        "#note okapi, says Wolpertinger",
        "#called we spoke of the okapi",
        f"#allow {ADDRESSES[1]}",
        "#clsoe\nokapi",
        "note okapi is in hospital",
    ):
        desk.receive(reply(relay, words))
        desk.now += timedelta(minutes=1)
    allowing = next(sent for sent in desk.sent if "Please confirm" in str(sent.mail["Subject"]))
    desk.receive(test_relays.TestNobodyElse.answer(allowing, "yes"))
    desk.processor.step()
    desk.receive(mail(f"Q <{ADDRESSES[1]}>", "An armadillo", subject="Flamingo", verdict="none", message_id="q2@x.y"))
    desk.receive(mail(f"N <{ADDRESSES[2]}>", "An armadillo", subject="Flamingo", verdict="fail", message_id="q3@x.y"))
    desk.receive(mail(ADDRESSES[2], "The armadillo: all phones are down!", subject="Flamingo", verdict="none"))
    desk.receive(
        mail(
            f"Dana <{DANA}>",
            "Hello, this is the armadillo.",
            message_id="early@x.y",
            replaces={"To": ADDRESSES[3], "Cc": SUPPORT},
            fields=(f"In-Reply-To: <late.{ADDRESSES[3]}>",),
        )
    )
    forwarded = test_unbidden.FORWARDED.replace("Jane Roe <jane@", "Wolpertinger Roe <zanzibar@")
    outage = forwarded.replace("Voicemail emails do not arrive since Friday", "The armadillo: all our phones are down")
    test_unbidden.wrote(desk, f"#for {ADDRESSES[0]}{outage}", subject="Fwd: Flamingo")
    assert any("armadillo" in notice.text and "passes on what reads critical" in notice.text for notice in desk.notices)
    desk.refusing[ADDRESSES[3]] = PermanentFailure(f"550 <{ADDRESSES[3]}> is unknown here", 550)
    desk.receive(mail(f"D <{ADDRESSES[3]}>", "An armadillo", subject="Flamingo", message_id="q4@x.y"))
    desk.here.database.writer.write(
        lambda conn: senders.add(conn, desk.here.desk.partner, ADDRESSES[2], "acme", desk.now)
    )
    desk.let_pass(timedelta(days=10))
    for (ticket,) in desk.rows("SELECT id FROM ticket"):
        desk.do(verb="close", ticket=ticket, reason="the okapi of Wolpertinger's is found")
    desk.let_pass(timedelta(days=8))


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the log of a busy desk, and the same after all that [retention] names is over, with the desk stopped."""
    before, after = (tmp_path_factory.mktemp(name) for name in ("before", "after"))
    with office(after, rules=RULES + TEAM + KEEP) as desk:
        busy(desk)
        with closing(sqlite3.connect(desk.log)) as source, closing(sqlite3.connect(before / "tickets.db")) as copy:
            source.backup(copy)
        for days in (60, 62):
            forget_old(desk.here.database, desk.here.desk.rules, desk.now + timedelta(days=days), lambda: False)
        return before / "tickets.db", desk.log


class TestABusyDesk:
    def test_words_and_addresses_lie_only_where_the_document_says(self, log: tuple[Path, Path]) -> None:
        index = {("entry_fts_data", "block")}
        for wanted, kind in ((WORDS, "words"), (ADDRESSES, "addresses")):
            said = {column for column, holdings in documented().items() for one in holdings if getattr(one, kind)}
            assert places(log[0], wanted) - said - index == set(), kind

    def test_it_really_has_them_in_most_of_these_places(self, log: tuple[Path, Path]) -> None:
        """Else nothing would be shown by their not being there afterwards."""
        words = {column for column, holdings in documented().items() for one in holdings if one.words}
        # A wait ends with its ticket, and the names of files go once an agent has them.
        seldom = {("ticket", "waits_for"), ("relay", "files"), ("entry", "evidence")}
        assert words - places(log[0], WORDS) <= seldom
        assert places(log[0], ADDRESSES) >= {
            ("arrival", "from_address"),
            ("arrival", "reasons"),
            ("awaited", "address"),
            ("entry", "change"),
            ("entry", "from_address"),
            ("entry", "reasons"),
            ("fact", "name"),
            ("known_id", "address"),
            ("notice", "text"),
            ("outbox", "recipient"),
            ("outbox", "reply_text"),
            ("participant", "address"),
            ("relay", "copied"),
            ("ticket", "requester"),
        }


class TestAfterRetention:
    def test_no_word_of_anybody_is_left_in_any_column(self, log: tuple[Path, Path]) -> None:
        assert places(log[1], WORDS) == set()

    def test_nor_in_any_octet_of_the_file(self, log: tuple[Path, Path]) -> None:
        with closing(sqlite3.connect(log[1])) as conn:
            [overwrites] = conn.execute("PRAGMA secure_delete").fetchone()
        assert overwrites, "SQLite is built to leave nothing in freed pages, as Debian's is"
        octets = log[1].read_bytes().lower()
        assert [word for word in WORDS if word.encode() in octets] == []

    def test_addresses_are_left_only_where_the_document_says_that_they_stay(self, log: tuple[Path, Path]) -> None:
        emptied = ("messages", "entries", "mails")
        stay = {column for column, holdings in documented().items() for one in holdings if one.until not in emptied}
        left = places(log[1], ADDRESSES)
        assert left - stay - {("entry_fts_data", "block")} == set()
        assert ("entry", "from_address") in left, "who wrote stays known"
