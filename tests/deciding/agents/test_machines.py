"""What a program answers to our mail to an agent is filed, whatever that mail was for."""

from __future__ import annotations

import pytest

from mailbot.deciding.agents.machines import from_a_machine
from mailbot.deciding.context import Arrival, Context, Source
from mailbot.deciding.effects import EventKind, FileEvent
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import OF_AGENTS, Purpose, issue
from mailbot.deciding.understanding import understand
from mailbot.reading.model import Border, Envelope
from tests.deciding.agents.test_leaving import AGENT, KEYRING, NOW, rules


@pytest.mark.parametrize("purpose", [one for one in OF_AGENTS if one is not Purpose.DIGEST])
def test_it_is_filed_and_told_to_nobody(purpose: Purpose) -> None:
    token = issue(KEYRING, purpose, 1001, AGENT, NOW.date().replace(year=2027))
    raw = (
        f"From: Dana <{AGENT}>\r\nTo: support@harborvoice.example\r\nSubject: Away\r\n"
        f"In-Reply-To: <{token}.1a@harborvoice.example>\r\nAuto-Submitted: auto-generated\r\n\r\n1 close\r\n"
    )
    understood = understand(raw.encode(), Envelope(), Border(), rules())
    at = Situation.of(understood, Arrival(2, Source.IMAP, NOW, Envelope()), Context(), rules(), KEYRING, NOW)
    decision = from_a_machine(at)
    assert decision is not None
    assert (decision.place, decision.consequences) == (FileEvent(EventKind.AUTOMATIC), ())
