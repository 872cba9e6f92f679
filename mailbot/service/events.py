"""What the log may say: every event by its fixed verb, and what it means. docs/operating.md repeats the list.

A program that reads the log can rely on these words. What is not among them leaves as "other", with its words
beside it; what libraries say as "library". No event carries a subject, a text or a secret.
"""

from __future__ import annotations

EVENTS = {
    # The desk as a whole
    "configuration": "the settings in force at the start, secrets left out",
    "started": "the desk runs; the ports of its own doors",
    "monitoring": "/healthz and /metrics are served at this port",
    "stopping": "it was told to stop, and finishes what it holds",
    "stopped": "a part failed for good, and with it the desk; the supervisor starts it anew",
    "part-hangs": "a part has not said for too long that it lives; the watchdog of systemd restarts the desk",
    "forgotten": "how much was forgotten because its time in [retention] is over, of each kind",
    "rules-in-force": "changed rules or templates count from now on: the settings that are other ones",
    "rules-refused": "changed rules or templates cannot be used, and why; the former ones stay in force",
    "request-failed": "a request of another command failed inside the desk",
    "log-lines-lost": "the log could not be written fast enough; so many lines are missing before this one",
    # Mail in
    "refused": "a message was not taken by SMTP or LMTP; its sender was told to try again",
    "session-failed": "an SMTP or LMTP session ended by a fault of ours; its sender was told to try again",
    "taking-no-mail": "the disk or the queue has too little room; new mail waits outside",
    "taking-mail-again": "there is room again",
    "room-unknown": "the listener cannot tell how much room there is; senders are told to try again",
    "first-contact": "a folder was seen for the first time; what is in it stays as it is",
    "mailbox-trouble": "a folder cannot be read: why, and the next step",
    "mailbox-well": "the folder is read again",
    "trouble-not-kept": "the trouble of a folder could not be noted in the store",
    "no-sent-folder": "the server marks no folder as that of sent mail; what you answer from the mailbox is not seen",
    "folder-renumbered": "the server has renumbered a folder (UIDVALIDITY); its mail is compared with what is known",
    "fetch-refused": "the server refuses messages; they are tried one by one",
    "message-gone": "a message was removed before it could be fetched",
    "message-left": "the server hands out nothing of a message; it stays in the mailbox and is tried again later",
    "move-failed": "mail could not be moved; its tickets are safe, and the move is tried again",
    "move-given-up": "the connection ended each time that mail was copied; it stays where it is, its tickets are safe",
    "move-impossible": "the server can move no single message (neither MOVE nor UIDPLUS); mail stays where it is",
    # Decisions
    "dkim-keys-unanswered": "DNS said nothing of the keys of signatures within three seconds; that mail is decided on"
    " without them",
    "decided": "a message was decided on: its place, its ticket, the codes of the reasons",
    "message-failed": "mailbot itself failed on a message; it is in quarantine",
    "postponed": "a message takes long to read; it is left to the slow slot while others overtake",
    "quarantined": "a message could not be read within its limits; it is kept apart, with the cause",
    "reader-failed": "the process that reads messages cannot be started; mail waits until it can",
    "pattern-slow": "a regular expression of yours took too long on a message, which was decided on without it",
    "template-failed": "a template of yours failed, the shipped one was used",
    "agent-told-often": "an agent was told many times in an hour what became of his mail, and is not told of this one",
    "relay-failed": "a message could not be put into a mail for an agent; it is in the log, and a notice tells of it",
    "seen-unwritable": "a customer's address cannot be written to, and he is not told who has seen the outage",
    "reminder-unwritable": "a customer's address cannot be written to, and he is not asked whether all is well",
    "survey-unwritable": "a customer's address cannot be written to, and he is not asked how satisfied he is",
    "row-damaged": "a row of the log does not hold what was stored; it is made anew or put aside, and a notice says so",
    "step-failed": "a part of what is done by the clock failed; the others went on, and it is tried again",
    "hours-not-heeded": "a damaged row keeps what waits for an agent from his changed hours; it leaves when it was to",
    "notice-unwritable": "no mail can be written to an address in notify.addresses, or to an agent",
    # Mail out
    "sent": "the relay took a mail",
    "deferred": "the relay did not take it now; it is tried again",
    "failed": "a mail will never be taken",
    "expired": "a mail could not leave in time, and was not sent",
    "unclear": "nobody knows whether the relay took a mail",
    "recovered": "a mail was being submitted when mailbot ended the last time; what became of it",
    "relay-unusable": "the relay as a whole cannot be used; the queue waits",
    "relay-works-again": "it can be used again",
    "page-unwritable": "no page can be written to an agent's pager by mail",
    "alarm": "trouble of mailbot's own, or its end, is paged: what it says, and to whom",
    # The store
    "store-unavailable": "nothing can be written: no room, or another program keeps the database locked; tried again",
    "backed-up": "a backup was made before the log is brought up to date; its path",
    "log-checked": "the database had failed the last time; it was looked through, and is sound",
    "store-broken": "the database failed and is not used any more; the desk ends",
    "store-not-closed": "the database did not close in order; the next start checks it",
    "subscriber-failed": "a part that is woken by commits failed when it was woken",
    # Public pages
    "site-written": "public pages were written or removed: how many, and where",
    "site-left": "files that others have put there stand where public pages would be; they stay as they are",
    "site-not-written": "public pages cannot be written: why, and the next step; it is tried again",
    # Others
    "library": "a library's own words, from warnings on",
    "other": "none of these; a fault of mailbot's, please report it",
}
