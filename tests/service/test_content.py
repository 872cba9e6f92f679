"""What our people see of mail that is more, or less, than words."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from mailbot.cli import common
from tests.service.office import mail, office

JANE = "jane@acme-dental.example"
ARMOUR = "-----BEGIN PGP MESSAGE-----\n\nhQEMAwAAAAAAAAAAAQf+\n=abcd\n-----END PGP MESSAGE-----"


def test_encrypted_mail_is_flagged_told_and_answered_as_any_other(tmp_path: Path) -> None:
    with office(tmp_path) as desk:
        desk.receive(mail(JANE, "How do I add an extension?"))
        desk.receive(mail(JANE, ARMOUR, subject="Another question"))
        [(plain,), (sealed,)] = desk.rows("SELECT flags FROM ticket ORDER BY id")
        assert json.loads(plain) == []
        assert json.loads(sealed) == ["encrypted"]
        [(number, text, flags)] = desk.rows(
            "SELECT ticket_id, text, flags FROM entry WHERE subject = 'Another question'"
        )
        assert json.loads(flags) == ["encrypted"]
        assert text == (
            "[This mail is encrypted (PGP) and cannot be read here. The original is kept as it came: "
            f"`mailbot show {number} --raw` prints it.]"
        )
        first, second = desk.answers
        assert "encrypt" not in second.text
        assert second.text.replace(str(number), str(number - 1)) == first.text
        desk.let_pass(timedelta(hours=1))
        [told] = [notice for notice in desk.notices if "Another question" in notice.text]
        assert (
            common.bewares(json.loads(sealed)) == f"{common.beware(json.loads(sealed))} encrypted, cannot be read here"
        )
        assert "Encrypted: it cannot be read here." in told.text
        assert f"mailbot show {number} --raw" in " ".join(told.text.replace(">", " ").split())
