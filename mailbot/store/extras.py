"""What only SQLite says this way: an index over words, and refusals to rewrite the log."""

_SAME = (
    "id, partner, ticket_id, kind, event, at, recorded_at, arrival_id, message_id, fingerprint, "
    "from_address, author, flags, reasons, decision"
)
# What retention may do to a row, and nothing else may.
_IS_FORGOTTEN = (
    "new.subject = '' AND new.text = '' AND new.reply_text IS NULL AND new.from_name = '' AND new.evidence = '[]' "
    "AND new.change IS json_replace(old.change, '$.subject', '', '$.requester_name', '', '$.waits_for', '') "
    f"AND ({', '.join(f'new.{name}' for name in _SAME.split(', '))}) "
    f"IS ({', '.join(f'old.{name}' for name in _SAME.split(', '))})"
)
# Emptied, or given back its octets because the same message came again.
_IS_EMPTIED_OR_FILLED = (
    "new.sha256 = old.sha256 AND new.size = old.size AND (length(new.packed) = 0 OR length(old.packed) = 0)"
)

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
    "received_at, accepted_at, junk, sent, history, silent, oversize, raw_sha256"
)
_FORGETTING = """
CREATE TRIGGER entry_is_forgotten AFTER UPDATE ON entry WHEN old.kind <> 'change' BEGIN
INSERT INTO entry_fts (entry_fts, rowid, subject, text, from_address, from_name)
VALUES ('delete', old.id, old.subject, old.text, old.from_address, old.from_name);
INSERT INTO entry_fts (rowid, subject, text, from_address, from_name)
VALUES (new.id, new.subject, new.text, new.from_address, new.from_name); END
"""
_REFUSALS = (
    ("entry_is_not_changed", f"UPDATE ON entry WHEN NOT ({_IS_FORGOTTEN})", "entries are append-only"),
    ("entry_is_not_removed", "DELETE ON entry", "entries are append-only"),
    ("raw_is_not_changed", f"UPDATE ON raw WHEN NOT ({_IS_EMPTIED_OR_FILLED})", "raw messages stay as they came"),
    ("arrival_is_not_changed", f"UPDATE OF {_KEPT} ON arrival", "arrivals stay as they came"),
    ("arrival_is_not_removed", "DELETE ON arrival", "arrivals stay as they came"),
)
SQLITE_EXTRAS = (
    _SEARCH,
    _INDEXING,
    _FORGETTING,
    *(f"CREATE TRIGGER {name} BEFORE {act} BEGIN SELECT RAISE(ABORT, '{why}'); END" for name, act, why in _REFUSALS),
)
