"""The first tables, the index over words, and the refusals to rewrite the log."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from mailbot.store import columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


_SEARCH = """
CREATE VIRTUAL TABLE entry_fts USING fts5(
subject, text, from_address, from_name,
content='entry', content_rowid='id', tokenize='unicode61 remove_diacritics 2')
"""
_INDEXING = """
CREATE TRIGGER entry_is_indexed AFTER INSERT ON entry WHEN new.kind <> 'change' BEGIN
INSERT INTO entry_fts (rowid, subject, text, from_address, from_name)
VALUES (new.id, new.subject, new.text, new.from_address, new.from_name); END
"""
_KEPT = (
    "partner, source, mailbox, folder, uidvalidity, uid, reverse_path, recipients, "
    "received_at, accepted_at, junk, history, silent, oversize, raw_sha256"
)
_REFUSALS = (
    ("entry_is_not_changed", "UPDATE ON entry", "entries are append-only"),
    ("entry_is_not_removed", "DELETE ON entry", "entries are append-only"),
    ("raw_is_not_changed", "UPDATE ON raw", "raw messages stay as they came"),
    ("arrival_is_not_changed", f"UPDATE OF {_KEPT} ON arrival", "arrivals stay as they came"),
    ("arrival_is_not_removed", "DELETE ON arrival", "arrivals stay as they came"),
)
SQLITE = (
    _SEARCH,
    _INDEXING,
    *(f"CREATE TRIGGER {name} BEFORE {act} BEGIN SELECT RAISE(ABORT, '{why}'); END" for name, act, why in _REFUSALS),
)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "cursor",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uidvalidity", columns.Whole(), nullable=False),
        sa.Column("baseline_uid", columns.Whole(), nullable=False),
        sa.Column("first_contact_at", columns.Instant(), nullable=False),
        sa.Column("last_uid", columns.Whole(), nullable=False),
        sa.Column("since", columns.Instant(), nullable=True),
        sa.Column("renumbered", columns.Switch(), nullable=False),
        sa.Column("reconciled_at", columns.Instant(), nullable=True),
        sa.Column("checked_at", columns.Instant(), nullable=True),
        sa.Column("error", columns.Words(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "mailbox", "folder", name=op.f("pk_cursor")),
        sqlite_strict=True,
    )
    op.create_table(
        "epoch",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("number", columns.Whole(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epoch")),
        sqlite_strict=True,
    )
    op.create_table(
        "fact",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", columns.Words(), nullable=False),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "name", name=op.f("pk_fact")),
        sqlite_strict=True,
    )
    op.create_table(
        "raw",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", columns.Whole(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_raw")),
        sqlite_strict=True,
    )
    op.create_table(
        "ticket",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("playbook", sa.Text(), nullable=True),
        sa.Column("subject", columns.Words(), nullable=False),
        sa.Column("requester", columns.Words(), nullable=False),
        sa.Column("requester_name", columns.Words(), nullable=False),
        sa.Column("opened_at", columns.Instant(), nullable=False),
        sa.Column("updated_at", columns.Instant(), nullable=False),
        sa.Column("closed_at", columns.Instant(), nullable=True),
        sa.Column("response_due_at", columns.Instant(), nullable=True),
        sa.Column("resolution_due_at", columns.Instant(), nullable=True),
        sa.Column("first_response_at", columns.Instant(), nullable=True),
        sa.Column("linked_to", columns.Whole(), nullable=True),
        sa.Column("flags", columns.Json(), nullable=False),
        sa.Column("entries", columns.Whole(), nullable=False),
        sa.ForeignKeyConstraint(["linked_to"], ["ticket.id"], name=op.f("fk_ticket_linked_to")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sqlite_strict=True,
    )
    op.create_index("ix_ticket_requester", "ticket", ["partner", "requester"])
    op.create_index("ix_ticket_state", "ticket", ["partner", "state", "updated_at"])
    op.create_index("ix_ticket_updated_at", "ticket", ["partner", "updated_at"])

    op.create_table(
        "watch",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("from_at", columns.Instant(), nullable=False),
        sa.Column("until_at", columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch")),
        sqlite_strict=True,
    )
    op.create_index("ix_watch_mailbox", "watch", ["partner", "mailbox", "id"])

    op.create_table(
        "entry",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("ticket_id", columns.Whole(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("at", columns.Instant(), nullable=False),
        sa.Column("recorded_at", columns.Instant(), nullable=False),
        sa.Column("arrival_id", columns.Whole(), nullable=True),
        sa.Column("message_id", columns.Words(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("from_address", columns.Words(), nullable=False),
        sa.Column("from_name", columns.Words(), nullable=False),
        sa.Column("subject", columns.Words(), nullable=False),
        sa.Column("text", columns.Words(), nullable=False),
        sa.Column("reply_text", columns.Words(), nullable=True),
        sa.Column("author", columns.Words(), nullable=False),
        sa.Column("flags", columns.Json(), nullable=False),
        sa.Column("reasons", columns.Json(), nullable=False),
        sa.Column("evidence", columns.Json(), nullable=False),
        sa.Column("change", columns.Json(), nullable=True),
        sa.Column("decision", columns.Json(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_entry_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_entry_arrival_id", "entry", ["arrival_id"], **_where("arrival_id IS NOT NULL"))
    op.create_index("ix_entry_caused", "entry", ["partner", "from_address", "recorded_at"], **_where("kind = 'change'"))
    op.create_index("ix_entry_event", "entry", ["partner", "id"], **_where("event IS NOT NULL"))
    op.create_index(
        "ix_entry_fingerprint", "entry", ["partner", "fingerprint"], unique=True, **_where("fingerprint IS NOT NULL")
    )
    op.create_index("ix_entry_message_id", "entry", ["partner", "message_id"], **_where("message_id IS NOT NULL"))
    op.create_index("ix_entry_ticket_id", "entry", ["ticket_id", "id"])

    op.create_table(
        "arrival",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uidvalidity", columns.Whole(), nullable=True),
        sa.Column("uid", columns.Whole(), nullable=True),
        sa.Column("reverse_path", columns.Words(), nullable=True),
        sa.Column("recipients", columns.Json(), nullable=False),
        sa.Column("received_at", columns.Instant(), nullable=False),
        sa.Column("accepted_at", columns.Instant(), nullable=False),
        sa.Column("junk", columns.Switch(), nullable=False),
        sa.Column("history", columns.Switch(), nullable=False),
        sa.Column("silent", columns.Switch(), nullable=False),
        sa.Column("oversize", columns.Whole(), nullable=False),
        sa.Column("raw_sha256", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("detail", columns.Words(), nullable=False),
        sa.Column("entry_id", columns.Whole(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("message_id", columns.Words(), nullable=True),
        sa.Column("from_address", columns.Words(), nullable=False),
        sa.Column("reasons", columns.Json(), nullable=True),
        sa.Column("moved_at", columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_arrival_entry_id")),
        sa.ForeignKeyConstraint(["raw_sha256"], ["raw.sha256"], name=op.f("fk_arrival_raw_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_arrival_entry_id", "arrival", ["entry_id"], **_where("entry_id IS NOT NULL"))
    op.create_index(
        "ix_arrival_from_address", "arrival", ["partner", "from_address", "received_at"], **_where("from_address <> ''")
    )
    op.create_index("ix_arrival_message_id", "arrival", ["partner", "message_id"], **_where("message_id IS NOT NULL"))
    op.create_index("ix_arrival_state", "arrival", ["partner", "state", "id"], **_where("state <> 'done'"))
    op.create_index("ix_arrival_kept_apart", "arrival", ["partner", "fingerprint"], **_where("cause <> ''"))
    op.create_index(
        "ix_arrival_to_move", "arrival", ["partner", "mailbox", "id"], **_where("uid IS NOT NULL AND moved_at IS NULL")
    )
    op.create_index(
        "ix_arrival_uid",
        "arrival",
        ["partner", "mailbox", "folder", "uidvalidity", "uid"],
        unique=True,
        **_where("uid IS NOT NULL"),
    )

    op.create_table(
        "notice",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("ticket_id", columns.Whole(), nullable=True),
        sa.Column("entry_id", columns.Whole(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("urgent", columns.Switch(), nullable=False),
        sa.Column("text", columns.Words(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("outbox_key", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_notice_entry_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_notice_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_notice_pending", "notice", ["partner", "id"], **_where("outbox_key IS NULL"))
    op.create_index("ix_notice_urgent", "notice", ["partner", "urgent", "id"], **_where("outbox_key IS NULL"))

    op.create_table(
        "outbox",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("ticket_id", columns.Whole(), nullable=True),
        sa.Column("entry_id", columns.Whole(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("recipient", columns.Words(), nullable=False),
        sa.Column("recipient_domain", columns.Words(), nullable=False),
        sa.Column("counted", columns.Switch(), nullable=False),
        sa.Column("reverse_path", columns.Words(), nullable=False),
        sa.Column("message_id", columns.Words(), nullable=False),
        sa.Column("packed", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", columns.Whole(), nullable=False),
        sa.Column("first_attempt_at", columns.Instant(), nullable=True),
        sa.Column("next_attempt_at", columns.Instant(), nullable=True),
        sa.Column("expires_at", columns.Instant(), nullable=True),
        sa.Column("may_repeat", columns.Switch(), nullable=False),
        sa.Column("repeats", columns.Whole(), nullable=False),
        sa.Column("priority", columns.Whole(), nullable=False),
        sa.Column("reply_code", columns.Whole(), nullable=True),
        sa.Column("reply_text", columns.Words(), nullable=False),
        sa.Column("bounced", columns.Json(), nullable=True),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("created_at", columns.Instant(), nullable=False),
        sa.Column("done_at", columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_outbox_entry_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_outbox_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_due", "outbox", ["partner", "next_attempt_at"], **_where("next_attempt_at IS NOT NULL"))
    op.create_index(
        "ix_outbox_expires_at", "outbox", ["partner", "expires_at"], **_where("next_attempt_at IS NOT NULL")
    )
    op.create_index(
        "ix_outbox_priority",
        "outbox",
        ["partner", "priority", "id", "next_attempt_at"],
        **_where("next_attempt_at IS NOT NULL"),
    )
    op.create_index("ix_outbox_key", "outbox", ["partner", "key"], unique=True)
    op.create_index("ix_outbox_message_id", "outbox", ["message_id"], unique=True)
    op.create_index("ix_outbox_recipient", "outbox", ["partner", "recipient", "created_at"])
    op.create_index("ix_outbox_state", "outbox", ["partner", "state", "id"])
    op.create_index("ix_outbox_ticket_id", "outbox", ["ticket_id"], **_where("ticket_id IS NOT NULL"))
    op.create_index("ix_outbox_unlisted", "outbox", ["partner", "created_at"], **_where("counted"))

    op.create_table(
        "known_id",
        sa.Column("id", columns.Whole(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("message_id", columns.Words(), nullable=False),
        sa.Column("ticket_id", columns.Whole(), nullable=False),
        sa.Column("address", columns.Words(), nullable=False),
        sa.Column("outgoing", columns.Switch(), nullable=False),
        sa.Column("entry_id", columns.Whole(), nullable=True),
        sa.Column("outbox_id", columns.Whole(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_known_id_entry_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_known_id_outbox_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_known_id_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_known_id_address", "known_id", ["partner", "address"], **_where("outgoing"))
    op.create_index(
        "ix_known_id_message_id", "known_id", ["partner", "message_id", "ticket_id", "address", "outgoing"], unique=True
    )
    op.create_index("ix_known_id_ticket_id", "known_id", ["ticket_id", "address"])

    op.bulk_insert(
        sa.table("epoch", sa.column("id", sa.Integer), sa.column("number", sa.Integer)), [{"id": 1, "number": 0}]
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in SQLITE:
            op.execute(sa.text(statement))
