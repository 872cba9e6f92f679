"""Bytes become a Message: pure, never trusting, never raising more than MessageError.

`message` is the door. What it opens stands in floors, imports go down only:

    arriving    when a stored message once arrived
    message     bytes to Message
    contract    the same as JSON            fingerprint   whether two are the same mail
    verdicts    a machine, a bounce, spam, a proven sender
    quotation   newly written, quoted, passed on, a signature
    parts       the MIME tree: what a person reads, what is a file, what is sealed
    fields      the header section and the values in it
    text        octets and markup to what a person reads
    model       the values that a message consists of
"""
