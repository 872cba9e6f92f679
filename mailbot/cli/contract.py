"""The JSON contract of `tickets --json` and `show --json`: field names fixed for good (docs/contract.md)."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailbot.store.queries import TicketDetail
    from mailbot.store.views import MailView

TICKET_FIELDS = (
    "id",
    "tenant",
    "state",
    "severity",
    "playbook",
    "subject",
    "requester",
    "requester_name",
    "opened_at",
    "updated_at",
    "closed_at",
    "response_due_at",
    "resolution_due_at",
    "first_response_at",
    "waiting_since",
    "assignee",
    "tier",
    "vendor",
    "vendor_since",
    "vendor_case",
    "incident",
    "surveyed_at",
    "vote",
    "voted_at",
    "linked_to",
    "flags",
    "times",
)
ENTRY_FIELDS = (
    "id",
    "kind",
    "at",
    "recorded_at",
    "message_id",
    "from_address",
    "from_name",
    "author",
    "subject",
    "text",
    "reply_text",
    "flags",
    "reasons",
    "evidence",
    "change",
)
MAIL_FIELDS = (
    "id",
    "entry_id",
    "kind",
    "audience",
    "recipient",
    "reverse_path",
    "message_id",
    "state",
    "attempts",
    "created_at",
    "next_attempt_at",
    "expires_at",
    "done_at",
    "reply_code",
    "reply_text",
    "bounced",
)


def ticket_object(detail: TicketDetail) -> dict[str, Any]:
    """Return a ticket with its entries and outgoing mails, oldest first, ready for `print_json`."""
    return {
        **_chosen(detail.ticket, TICKET_FIELDS),
        "entries": [_chosen(entry, ENTRY_FIELDS) for entry in detail.entries],
        "mails": [_chosen(mail, MAIL_FIELDS) for mail in detail.mails],
    }


def mail_object(mail: MailView) -> dict[str, Any]:
    """Return one outgoing mail with its ticket's number."""
    return {**_chosen(mail, MAIL_FIELDS), "ticket_id": mail.ticket_id}


def _chosen(view: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: attrgetter(name)(view) for name in names}
