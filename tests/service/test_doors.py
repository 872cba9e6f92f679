"""Doors of our own that follow the rules."""

from __future__ import annotations

import socket
from datetime import UTC, datetime

import pytest

from mailbot.errors import MailbotError
from mailbot.health import Board
from mailbot.intake.smtp import Listener
from mailbot.rules import Rules
from mailbot.service.doors import OwnDoors


def now() -> datetime:
    return datetime.now(UTC)


def test_a_door_that_could_not_even_be_opened_again_opens_when_its_port_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = Rules.model_validate({"listen": {"smtp": f"127.0.0.1:{other.getsockname()[1]}"}})
        ours = Rules.model_validate({"listen": {"smtp": "127.0.0.1:0"}})
        away = [False]

        def make(rules: Rules) -> Listener:
            # Somebody took our port in the moment in which it was free.
            return Listener(taken if away[0] else rules, lambda _new: 1, now)

        doors = OwnDoors(make, Board(now))
        doors.follow(ours)
        away[0] = True
        with pytest.raises(MailbotError):
            doors.follow(taken)
        assert doors.ports == {}
    away[0] = False
    doors.follow(ours)
    try:
        socket.create_connection(("127.0.0.1", doors.ports["smtp"]), 5).close()
    finally:
        doors.close()
