"""What an error of the submission means for the mail, said in one place."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from enum import StrEnum

from mailbot.delivery.transport import one_line
from mailbot.errors import DeliveryFailure, PermanentFailure, RelayUnusable, SlowDown, TransientFailure, UnclearResult

CLOSING = 421
_SIGN_IN_FIRST = frozenset({530, 534, 535, 538})
# 4.7.z is policy (RFC 3463 section 3.8): as a rule too many mails, or too fast. Greylisting says it, too, of one mail.
_PATIENCE = re.compile(r"\b4\.7\.\d{1,3}\b")
_GREYLISTED = re.compile(r"(?i)gr[ae]y-?list")
# A day's quota, which providers refuse for good although it passes: Gmail says 550 5.4.5, Exchange Online
# 550 5.1.90 or 554 5.2.0 with the name of an exception.
_QUOTA = re.compile(r"(?i)\b5\.4\.5\b|\b5\.1\.90\b|SubmissionQuotaExceeded|daily (?:\w+ ){0,2}sending (?:limit|quota)")


class Stage(StrEnum):
    """How far handing over one mail had come when it failed."""

    SESSION = "session"
    """Connecting, greeting, TLS, sign-in: nothing about any mail was said yet."""
    ENVELOPE = "envelope"
    """MAIL, RCPT, DATA, and the text up to its final dot."""
    FINAL = "final"
    """The final dot and its reply."""


def failure_of(error: Exception, stage: Stage) -> DeliveryFailure:
    """Return what this error means for the mail; the text is fit for people and for one line of a log."""
    if isinstance(error, DeliveryFailure):
        return error
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
    if code is not None and (not 400 <= code < 600 or isinstance(error.args[1], str)):  # noqa: PLR2004 - 4yz, 5yz
        # A garbled or odd reply; or none at all, where smtplib makes up a 500 for a line that it finds too long.
        code = None
    text = _diagnostic(error)
    refused_us = code in _SIGN_IN_FIRST or isinstance(error, smtplib.SMTPAuthenticationError)
    if stage is Stage.SESSION or refused_us:
        return RelayUnusable(text, code, refused_us=refused_us)
    if code is None:
        return UnclearResult(text) if stage is Stage.FINAL else TransientFailure(text)
    if _asks_for_patience(code, text):
        return SlowDown(text, code)
    return PermanentFailure(text, code) if code >= 500 else TransientFailure(text, code)  # noqa: PLR2004 - 5yz


def leaves_session_usable(error: Exception) -> bool:
    """Return whether the next mail can go over the same connection: a refusal of this mail alone, in whole words."""
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
    return 400 <= code < 600 and code != CLOSING and code not in _SIGN_IN_FIRST  # noqa: PLR2004 - 4yz, 5yz


def _asks_for_patience(code: int, text: str) -> bool:
    if code >= 500:  # noqa: PLR2004 - 5yz
        return bool(_QUOTA.search(text))
    return code == CLOSING or bool(_PATIENCE.search(text) and not _GREYLISTED.search(text))


def is_success(code: int) -> bool:
    """Return whether a reply code is a 2yz."""
    return 200 <= code < 300  # noqa: PLR2004 - RFC 5321 section 4.2.1


def expect(hundreds: int, code: int, text: bytes) -> None:
    """Raise SMTPResponseException unless the reply is whole and of that class (2yz: 2)."""
    if code // 100 != hundreds or not 200 <= code < 600:  # noqa: PLR2004 - a cut reply can be "25"
        raise smtplib.SMTPResponseException(code, text)


def _diagnostic(error: Exception) -> str:
    match error:
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=text):
            return one_line(f"{code} {one_line(text)}")
        case ssl.SSLCertVerificationError():
            return one_line(f"the relay's certificate cannot be trusted: {error.verify_message}")
        case ssl.SSLError():
            return one_line(f"TLS failed: {getattr(error, 'reason', None) or error}")
        case TimeoutError():
            return "the relay did not answer in time"
        case socket.gaierror():
            return one_line(f"the relay's host name cannot be resolved: {error.strerror}")
        case smtplib.SMTPServerDisconnected() if "timed out" in str(error):
            return "the relay did not answer in time"
        case smtplib.SMTPServerDisconnected():
            return one_line(f"the connection to the relay broke: {error}")
        case OSError():
            return one_line(f"no connection to the relay: {error.strerror or error}")
        case _:
            return one_line(str(error)) or type(error).__name__
