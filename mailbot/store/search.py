"""Full-text search over the log, SQLite's FTS5; on PostgreSQL this module would speak tsvector.

What people type is never query language: each word stands for words that begin with it, all
must occur in one entry, and punctuation only parts words as it does in the index.
"""

from __future__ import annotations

import unicodedata

from sqlalchemy import Connection, Select, bindparam, func, literal_column, select, text

from mailbot.store.columns import storable
from mailbot.store.tables import ENTRY

_MOST_WORDS = 32
_MOST_DIGITS = 18
# A hit in the subject or the sender says more than one in the text: subject, text, from_address, from_name.
_RANK = "bm25(5.0, 1.0, 5.0, 5.0)"


def match_expression(typed: str) -> str:
    """The FTS5 expression for what was typed; "" when it has no letter or digit to look for."""
    words = unicodedata.normalize("NFC", storable(typed)).split()
    phrases = [word.replace('"', " ") for word in words if any(letter.isalnum() for letter in word)]
    return " AND ".join(_phrase(words) for words in phrases[:_MOST_WORDS])


def _phrase(words: str) -> str:
    letters = [letter for letter in words if letter.isalnum()]
    # "C++" means a C, while a single letter of other scripts may begin a word worth finding.
    whole = len(letters) == 1 and letters[0].isascii()
    return f'"{words}"' if whole else f'"{words}" *'


def ticket_number(typed: str) -> int | None:
    """The number when a ticket's number was typed ("1042", "#1042"), else None."""
    digits = typed.strip().removeprefix("#")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS else None


def matching_tickets() -> Select[tuple[int, float]]:
    """The tickets that match the parameters `expression` and `partner`, each with its best rank (smallest first)."""
    hits = (
        select(literal_column("rowid").label("entry_id"), literal_column("rank").label("rank"))
        .select_from(text("entry_fts"))
        .where(text(f"entry_fts MATCH :expression AND rank MATCH '{_RANK}'"))
        .subquery("hits")
    )
    return (
        select(ENTRY.c.ticket_id, func.min(hits.c.rank).label("rank"))
        .join(hits, hits.c.entry_id == ENTRY.c.id)
        .where(ENTRY.c.partner == bindparam("partner"), ENTRY.c.ticket_id.is_not(None))
        .group_by(ENTRY.c.ticket_id)
    )


def tidy(conn: Connection, pages: int) -> bool:
    """Write so many pages of the index anew, without the words that were taken out; return whether some are left.

    Words that are taken out of it stay in its pages, marked, until these are written anew (FTS5, section 6.8).
    """
    before = conn.exec_driver_sql("SELECT total_changes()").scalar_one()
    conn.exec_driver_sql("INSERT INTO entry_fts (entry_fts, rank) VALUES ('merge', ?)", (pages,))
    after = conn.exec_driver_sql("SELECT total_changes()").scalar_one()
    return bool(after - before > 1)
