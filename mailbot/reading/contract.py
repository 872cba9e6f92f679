"""The JSON contract of `mailbot parse --json`: one object per message, field names fixed for good."""

from __future__ import annotations

from datetime import UTC, datetime

from mailbot.reading.model import Bounce, Mailbox, Message


def as_contract(path: str, message: Message) -> dict[str, object]:
    """Return the message as plain JSON values; instants as ISO 8601 in UTC ending in Z, ids without brackets."""
    return {
        "path": path,
        "subject": message.subject,
        "from": [_mailbox(one) for one in message.from_],
        "reply_to": [_mailbox(one) for one in message.reply_to],
        "to": [_mailbox(one) for one in message.to],
        "cc": [_mailbox(one) for one in message.cc],
        "sender": _mailbox(message.sender) if message.sender else None,
        "date": _instant(message.date),
        "message_id": message.message_id,
        "in_reply_to": message.in_reply_to,
        "references": list(message.references),
        "text": message.text,
        "reply_text": message.reply_text,
        "quoted_text": message.quoted_text,
        "forwarded_text": message.forwarded_text,
        "signature": message.signature,
        "attachments": [
            {
                "name": one.name,
                "type": one.type,
                "bytes": one.size,
                "role": one.role.value,
                "inside": list(one.inside),
            }
            for one in message.attachments
        ],
        "invitations": [
            {"method": one.method, "summary": one.summary, "start": one.start, "organiser": one.organiser}
            for one in message.invitations
        ],
        "protection": {
            "encrypted": message.protection.encrypted,
            "signed": message.protection.signed,
            "unreadable": message.protection.unreadable,
        },
        "automatic": {
            "is": message.automatic.kind is not None,
            "kind": message.automatic.kind.value if message.automatic.kind else None,
            "reasons": list(message.automatic.reasons),
        },
        "bounce": _bounce(message.bounce),
        "spam": {"is": message.spam.is_spam, "by": message.spam.by},
        "authentication": {
            "verdict": message.authentication.verdict.value,
            "domain": message.authentication.domain,
            "reasons": list(message.authentication.reasons),
        },
        "defects": list(message.defects),
        "error": message.error,
    }


def _mailbox(mailbox: Mailbox) -> dict[str, str]:
    return {"name": mailbox.name, "address": mailbox.address}


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None


def _bounce(bounce: Bounce | None) -> dict[str, object] | None:
    """Return the first recipient; the whole list is in the log entry."""
    if bounce is None:
        return None
    recipient = bounce.recipients[0] if bounce.recipients else None
    return {"recipient": recipient, "status": bounce.status, "action": bounce.action.value}
