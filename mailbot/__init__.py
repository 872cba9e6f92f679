"""mailbot: an email-first support desk. This is the map of its code.

The flow is in the tree. Mail comes in by a door of `intake`, which commits the bytes and the
envelope as they are and only then says 250 or moves the IMAP cursor. `desk.processor` takes
what waits; in a child process (`worker`) `reading` turns bytes into a Message and `deciding`
says what it is about; `deciding.policy` turns that and what the log knows into a Decision, and
`desk.process` applies it in one transaction: the entry, the ticket, the outgoing mails.
`delivery.courier` claims those, submits each once, and marks what the relay said. `desk.tick`
does what is due by the clock.

    bytes + envelope → intake → committed row            only then: 250
    spooled row → reading → deciding → one transaction: log + outbox
    outbox row → delivery → sent | deferred | failed | unclear

Floors, imports go down only (checked by the import contracts in pyproject.toml):

    cli         the commands
    demo        a weekend of an invented desk
    service     an operator's folder, the daemon in it, past mail on a virtual clock
    desk        one message, one due row, one request, each in a transaction; within it: `acts` does what
                agents and operators ask for, `mails` writes what leaves
    intake      SMTP, LMTP, IMAP, files
    delivery    the courier, the relay, a Maildir in its place, pagers
    store       the log, the spool, the outbox: one writer, group commit
    worker      the process that reads mail   render   templates to texts   config   rules.toml to Rules
    figures     tickets to what the partner steers by                          pure
    deciding    Message + Context to Decision                                  pure
    clocks      instants to instants                                           pure
    reading     bytes to Message                                               pure
    rules       the typed form of rules.toml  errors   permanent and transient failures
    health      whether the parts of a running desk live and are well

Words that mean one thing:

    join          a message becomes an entry of a ticket that is there
    takes part    whose mail joins a ticket, and who gets its answers; `#allow` admits somebody
    merge         one of us makes two tickets one; `merged_into` on the one that ends is the mark of it
    home          the ticket as which a merged one goes on: where both are one customer's, else it is its own home
    conversation  the mails with a customer that bear the ids and tokens of one ticket, also once it is merged
    within        the merged ticket in whose conversation something stands that is logged in its home
    early         an answer of ours that was here before its question, which it awaits

What it guarantees: nothing is acknowledged before it is committed; every message ends in one
findable place with the reasons; an outgoing mail has its final Message-ID before its first octet
leaves; automatic mail goes to genuine or known people only and carries no sender's words.

Read in this order: `deciding.effects`, `deciding.policy`, `desk.process`, `service.daemon`.
"""

__version__ = "0.1.0"
