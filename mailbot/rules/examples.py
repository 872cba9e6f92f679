"""The typed form of examples.toml: a mail, and what it is to be taken for."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from mailbot.rules.recognising import Table
from mailbot.rules.values import Id

NOT_CRITICAL, NONE = "not critical", "none"


class Example(Table):
    """A mail, and what it is to be taken for; what is left out is not looked at. `tenant` is whose people write it.

    `severity` "not critical" is any other, `playbook` "none" that no common issue is named.
    """

    subject: str = ""
    text: str = ""
    tenant: Id | None = None
    severity: Literal["critical", "high", "normal", "low", "not critical"] | None = None
    playbook: (
        Literal[
            "outbound_calls", "voicemail_email", "caller_id_name", "phone_registration", "port_in", "port_out", "none"
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.subject.strip() or self.text.strip()):
            raise ValueError("an example needs a subject or a text")
        if self.severity is None and self.playbook is None:
            raise ValueError("an example needs a severity or a playbook: what it is to be taken for")
        return self


class Examples(Table):
    """The whole of examples.toml."""

    example: tuple[Example, ...] = ()
