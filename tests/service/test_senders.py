"""Who writes without being listed, and what comes of accepting them: as typed, with a daemon and without."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.servers.commands import Done, run
from tests.servers.daemon import Desk, at_work, rules_for

NEVER = "week = { " + ", ".join(f"{day} = []" for day in "mon tue wed thu fri sat sun".split()) + " }"
RULES = rules_for(
    more=f"""
[[tenant]]
id = "bolt"
name = "Bolt Bakery"
phone_numbers = ["+1 212 555 0142"]
[tenant.hours]
{NEVER}
[[tenant]]
id = "cord"
name = "Cord Inc"
addresses = ["jane@cord.example"]
[[system]]
id = "monitor"
addresses = ["alerts@monitor.example"]
[listen]
smtp = "127.0.0.1:0"
[notify]
addresses = ["team@example.com"]
"""
)
NUMBERS = count(1)


@pytest.fixture(scope="module", params=["alone", "beside a daemon"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A folder to work in, with a daemon and without; the tests share it and each has senders of its own."""
    with at_work(tmp_path_factory.mktemp("desk"), RULES, beside_a_daemon=request.param != "alone") as here:
        yield here


def ticket(desk: Desk, sender: str, text: str = "The hold music is too loud.", *fields: str) -> int:
    """Have somebody write; return the ticket's number."""
    number = next(NUMBERS)
    head = (
        f"From: {sender}",
        "To: support@example.com",
        f"Subject: Question {number}",
        f"Message-ID: <q{number}@mail.example>",
        "Date: Mon, 23 Nov 2026 10:00:00 +0000",
        *fields,
    )
    raw = "\r\n".join((*head, "", f"{text} ({number})", "")).encode()
    assert run(desk.folder, "ingest", "-", stdin=raw).code == 0
    found = "SELECT ticket_id FROM entry WHERE message_id = ?"
    desk.wait_for(lambda: desk.count(found, f"q{number}@mail.example") > 0, "the mail to be decided on")
    return desk.count(found, f"q{number}@mail.example")


def senders(desk: Desk, *words: str, code: int = 0) -> Done:
    done = run(desk.folder, "senders", *words, environment={"COLUMNS": "500"})
    assert done.code == code, done
    return done


def listed(desk: Desk, address: str) -> dict[str, object] | None:
    return next((row for row in senders(desk, "--json").rows if row["address"] == address), None)


def shown(desk: Desk, number: int) -> dict[str, object]:
    [row] = run(desk.folder, "show", str(number), "--json").rows
    return dict(row)


def learned(desk: Desk) -> str:
    path = desk.folder / "learned.toml"
    return path.read_text() if path.exists() else ""


def test_people_whom_nobody_lists_are_shown_with_their_tickets_newest_first(desk: Desk) -> None:
    ticket(desk, "first@lone.example")
    closed = ticket(desk, "second@lone.example")
    last = ticket(desk, "second@lone.example", "Can the music be changed?")
    run(desk.folder, "close", str(closed))
    rows = senders(desk, "--json").rows
    assert [row["address"] for row in rows][:2] == ["second@lone.example", "first@lone.example"]
    row = rows[0]
    assert list(row) == ["address", "tickets", "open", "last_at", "last_ticket", "subject", "flags", "suggestion"]
    assert (row["tickets"], row["open"], row["last_ticket"], row["suggestion"]) == (2, 1, last, None)
    assert str(row["subject"]).startswith("Question ")
    assert [row["address"] for row in senders(desk, "--json", "--limit", "1").rows] == ["second@lone.example"]
    # Whoever accepts somebody is to know that nobody vouches for the address.
    assert row["flags"] == ["unverified"]
    assert "? sender not verified" in senders(desk).out
    assert "The first 1; --limit N shows more." in senders(desk, "--limit", "1").out


def test_the_table_fits_a_terminal_of_80_columns_and_shows_no_control_characters(desk: Desk) -> None:
    ticket(desk, "somebody-with-a-long-name@a-long-domain-of-theirs.example", "Bolt Bakery here, the music is loud.")
    ticket(desk, "x@escape.example", "Hello", "X-Other: =?utf-8?q?=1B[31m?=")
    out = run(desk.folder, "senders", environment={"COLUMNS": "80"}).out
    assert all(len(line) <= 80 for line in out.splitlines() if "senders accept" not in line)
    assert "ADDRESS" in out
    assert "bolt (name)" in out
    assert "\x1b" not in out
    assert "senders accept somebody-with-a-long-name@a-long-domain-of-theirs.example bolt" in out


def test_machines_systems_listed_people_and_ourselves_are_not_shown(desk: Desk) -> None:
    for sender, *fields in (
        ("alerts@monitor.example",),
        ("jane@cord.example",),
        ("person@acme-dental.example",),
        ("team@example.com",),
        ("robot@machine.example", "Auto-Submitted: auto-generated"),
    ):
        ticket(desk, sender, f"The disk is full at {sender}.", *fields)
    spam = ticket(desk, "spam@lone.example")
    run(desk.folder, "set", str(spam), "--spam")
    addresses = {row["address"] for row in senders(desk, "--json", "--limit", "1000").rows}
    assert not addresses & {
        "alerts@monitor.example",
        "jane@cord.example",
        "person@acme-dental.example",
        "team@example.com",
        "robot@machine.example",
        "spam@lone.example",
    }


@pytest.mark.parametrize(
    ("sender", "text", "expected"),
    [
        ("pat{}@gmail.com", "Call me on (212) 555-0142, please.", ("bolt", "phone")),
        ("pat{}@gmail.com", "I work for Bolt Bakery.", ("bolt", "name")),
        ("pat{}@acmedental.test", "The music is loud.", ("acme", "domain")),
        ("pat{}@cord.example", "The music is loud.", ("cord", "colleagues")),
        # Two fit.
        ("pat{}@cord.example", "I work for Bolt Bakery.", None),
        ("pat{}@gmail.com", "The music is loud.", None),
    ],
)
def test_a_tenant_is_suggested_when_exactly_one_fits(
    desk: Desk, sender: str, text: str, expected: tuple[str, str] | None
) -> None:
    address = sender.format(next(NUMBERS))
    ticket(desk, address, text)
    row = listed(desk, address)
    assert row is not None
    assert row["suggestion"] == (expected and {"tenant": expected[0], "because": expected[1]})


def test_accepting_somebody_gives_the_tenant_its_open_tickets_and_the_mail_to_come(desk: Desk) -> None:
    guessed = ticket(desk, "kim@gmail.com", "I work for Bolt Bakery.")
    nobodys = ticket(desk, "kim@gmail.com")
    by_hand = ticket(desk, "kim@gmail.com", "At Bolt Bakery calls end at once.")
    closed = ticket(desk, "kim@gmail.com", "One more thing.")
    others = ticket(desk, "kimberly@gmail.com")
    run(desk.folder, "set", str(by_hand), "--tenant", "acme", "--yes")
    run(desk.folder, "close", str(closed))
    promised = shown(desk, nobodys)["response_due_at"]
    done = senders(desk, "accept", "Kim@Gmail.com", "bolt").out
    assert "kim@gmail.com writes for bolt from now on." in done
    assert f"#{guessed}, #{nobodys} are bolt's now." in done
    assert f"#{by_hand} stays another's, as somebody has said" in done
    tenants = [shown(desk, number)["tenant"] for number in (guessed, nobodys, by_hand, closed, others)]
    assert tenants == ["bolt", "bolt", "acme", None, None]
    # Bolt's office is never open, so that no time can be promised on its clock.
    assert promised is not None
    assert shown(desk, nobodys)["response_due_at"] != promised
    text = run(desk.folder, "show", str(nobodys)).out
    assert "tenant is now bolt: kim@gmail.com was accepted as writing for Bolt Bakery (" in text
    assert shown(desk, ticket(desk, "kim@gmail.com", "What now?"))["tenant"] == "bolt"
    assert listed(desk, "kim@gmail.com") is None
    again = senders(desk, "accept", "kim@gmail.com", "bolt").out
    assert "kim@gmail.com writes for bolt already." in again
    assert "now." not in again
    assert learned(desk).count("kim@gmail.com") == 1
    assert stat.S_IMODE((desk.folder / "learned.toml").stat().st_mode) == 0o600


def test_accepting_a_domain_accepts_all_who_write_from_there(desk: Desk) -> None:
    numbers = [ticket(desk, f"{name}@bakery.test") for name in ("ann", "bob")]
    below = ticket(desk, "eve@west.bakery.test")
    lookalike = ticket(desk, "eve@mybakery.test")
    done = senders(desk, "accept", "@Bakery.test", "bolt").out
    assert f"#{numbers[0]}, #{numbers[1]} are bolt's now." in done
    tenants = [shown(desk, number)["tenant"] for number in (*numbers, below, lookalike)]
    assert tenants == ["bolt", "bolt", None, None]
    assert shown(desk, ticket(desk, "new@bakery.test"))["tenant"] == "bolt"


def test_an_accepted_colleague_speaks_for_the_next_one(desk: Desk) -> None:
    ticket(desk, "ann@colleagues.test")
    ticket(desk, "bob@colleagues.test")
    senders(desk, "accept", "ann@colleagues.test", "acme")
    row = listed(desk, "bob@colleagues.test")
    assert row is not None
    assert row["suggestion"] == {"tenant": "acme", "because": "colleagues"}


def test_what_was_accepted_is_taken_back_and_tickets_stay(desk: Desk) -> None:
    number = ticket(desk, "lou@forget.test")
    before = learned(desk)
    senders(desk, "accept", "lou@forget.test", "bolt")
    done = senders(desk, "forget", "LOU@forget.test").out
    assert done == "lou@forget.test writes no longer for bolt; tickets keep their tenant.\n"
    assert learned(desk) == before
    assert shown(desk, number)["tenant"] == "bolt"
    assert shown(desk, ticket(desk, "lou@forget.test", "And now?"))["tenant"] is None
    assert "was not accepted" in senders(desk, "forget", "lou@forget.test", code=65).err


@pytest.mark.parametrize(
    ("who", "tenant", "expected"),
    [
        ("gmail.com", "bolt", ("anybody can have an address at gmail.com", "senders accept jane@gmail.com bolt`")),
        ("example.com", "bolt", ("example.com is the domain of our own support address", "single addresses")),
        ("Support@example.com", "bolt", ("support@example.com is an address of ours",)),
        ("new@lone.example", "blot", ('there is no tenant "blot"; did you mean bolt?',)),
        ("new@lone.example", "zzz", ('there is no tenant "zzz"; list it in rules.toml or tenants.csv first',)),
        ("jane@cord.example", "bolt", ("jane@cord.example belongs to Cord Inc (cord); take it out there first",)),
        ("x@acme-dental.example", "bolt", ("x@acme-dental.example belongs to Acme Dental (acme)",)),
        ("acme-dental.example", "bolt", ("acme-dental.example belongs to Acme Dental (acme)",)),
        ("nonsense", "bolt", ('"nonsense" is neither a mail address nor a mail domain',)),
        ("a@b@c.example", "bolt", ("is neither a mail address nor a mail domain",)),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(
    desk: Desk, who: str, tenant: str, expected: tuple[str, ...]
) -> None:
    before = learned(desk)
    refused = senders(desk, "accept", who, tenant, code=65)
    for part in expected:
        assert part in refused.err
    assert refused.out == ""
    assert learned(desk) == before


def test_rules_with_mistakes_are_named_before_anything_is_changed(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("[partner]\nbrnd = 'x'\n")
    refused = run(tmp_path, "senders", "accept", "jane@lone.example", "acme")
    assert refused.code == 78
    assert "brnd" in refused.err
    assert not (tmp_path / "learned.toml").exists()


def test_a_desk_that_cannot_follow_is_told_of_and_tickets_are_given_nevertheless(tmp_path: Path) -> None:
    with Desk(tmp_path / "desk", RULES) as desk:
        desk.wait_until_started()
        number = ticket(desk, "lee@lone.example")
        (desk.folder / "templates").mkdir()
        (desk.folder / "templates" / "customer-emergency.text.j2").write_text("{{ nobody }}")
        refused = senders(desk, "accept", "lee@lone.example", "bolt", code=65)
        assert "it is kept in learned.toml, but the rules are not put in force" in refused.err
        assert shown(desk, number)["tenant"] == "bolt"
        (desk.folder / "templates" / "customer-emergency.text.j2").unlink()
        assert "already" in senders(desk, "accept", "lee@lone.example", "bolt").out
        assert shown(desk, ticket(desk, "lee@lone.example", "What now?"))["tenant"] == "bolt"


def test_somebody_can_be_accepted_before_there_is_any_mail(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    assert run(tmp_path, "senders", "accept", "jane@lone.example", "acme").code == 0
    assert 'addresses = ["jane@lone.example"]' in (tmp_path / "learned.toml").read_text()
    assert not (tmp_path / "data").exists()
    assert run(tmp_path, "senders").code == 66
