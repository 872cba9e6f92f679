"""The ticket log and the outbox: one database, one writer, entries that are never changed."""
