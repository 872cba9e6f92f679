"""Tokens that a mail of one of us bears, in whichever of their carriers, and for whom each was sealed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mailbot.deciding.agents.readers import owners
from mailbot.deciding.situation import Situation
from mailbot.deciding.tokens import Claim, Purpose, purpose_of, verify
from mailbot.rules import Agent


@dataclass(frozen=True, slots=True)
class Borne:
    """A valid token: whose it is, and what it says."""

    agent: Agent
    claim: Claim


def tokens_borne(at: Situation, purpose: Purpose) -> Iterator[Borne]:
    """Yield the valid tokens for that purpose that the message bears, with those of us for whom they were sealed."""
    return _tokens(at, purpose, at.now.date())


def tokens_expired(at: Situation, purpose: Purpose) -> Iterator[Borne]:
    """Yield the tokens for that purpose that have the right seal and are too old, with those of us who got them.

    They say what a mail is about, and prove no more than its From does: it is asked about.
    """
    return (one for one in _tokens(at, purpose, date.min) if one.claim.expires_on < at.now.date())


def _tokens(at: Situation, purpose: Purpose, today: date) -> Iterator[Borne]:
    clues = at.clues
    tokens = dict.fromkeys((*clues.recipient_tokens, *clues.id_tokens, *clues.text_tokens))
    for token in (one for one in tokens if purpose_of(one) is purpose):
        for agent in owners(purpose, at.rules):
            claims = (verify(at.keyring, token, address, today) for address in agent.addresses)
            claim = next((one for one in claims if one is not None), None)
            if claim is not None:
                yield Borne(agent, claim)
