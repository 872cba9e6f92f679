"""Mail from IMAP folders, which stay as they are found.

A cursor of UIDVALIDITY and UID, never a flag or a date, says how far a folder was read (RFC 9051 section 2.3.1.1).
New mail is announced by IDLE, or found by polling; now and then the whole folder is compared with what was accepted,
so that no announcement has to be trusted. Mail is handed on in batches, and the cursor moves in the same transaction.

`connection` speaks to the server, `folder` decides what is fetched, `moving` tidies up afterwards if asked to,
`watcher` is the thread that keeps at it, and `probe` tries everything once for `mailbot check --connect`.
"""
