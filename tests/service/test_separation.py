"""Histories of two tenants and three agents: nothing that one tenant's people write, or are told, reaches the other.

Every message has a word of its own. Whose it is follows from who wrote it and, for an agent's answer, from the ticket
that its relay was about; what mailbot decides is not asked. After each history the words are looked for in all that
left: customers may get those of their own tenant, an agent who is limited to a tenant none of another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from mailbot.deciding.tokens import Purpose, purpose_of
from tests.secrecy import texts
from tests.service.office import CLOSED_AT, OPEN_AT, RULES, SUPPORT, Office, Sent, mail, office

TENANTS = {"acme-dental.example": "acme", "bolt.example": "bolt"}
CUSTOMERS = (
    "jane@acme-dental.example",
    "tom@acme-dental.example",
    "raj@bolt.example",
    "eva@bolt.example",
    "sam@elsewhere.example",
)
DANA, AMY, BOB = "dana@harborvoice.example", "amy@harborvoice.example", "bob@harborvoice.example"
# Whose mail each agent may see; None for everybody's.
LIMITS = {DANA: None, AMY: "acme", BOB: "bolt"}
TEAM = f"""
[[agent]]
id = "dana"
name = "Dana Ortiz"
addresses = ["{DANA}"]
[[agent]]
id = "amy"
name = "Amy Wolf"
addresses = ["{AMY}"]
tenants = ["acme"]
[[agent]]
id = "bob"
name = "Bob Lind"
addresses = ["{BOB}"]
tenants = ["bolt"]
[relay]
host = "smtp.harborvoice.example"
plus_addressing = "yes"
"""
ORDERS = ("", "", "", "#close", "#severity high", "#take", "#note for us", "#colse", "#called we spoke", "#help")
# All customers may read the words of these.
TO_ALL = ("#incident open All phones are dead", "#incident add", "#incident update We look.", "#incident resolve")
TEXTS = ("How do I add an extension?", "All our phones are dead, nobody can call in or out!", "Thank you!")


@dataclass(frozen=True)
class Step:
    """One thing that happens; numbers pick among what there is at that time."""

    kind: str
    who: str = CUSTOMERS[0]
    agent: str = DANA
    verdict: str = "pass"
    text: str = TEXTS[0]
    order: str = ""
    pick: int = 0
    other: int = 0
    minutes: int = 0


_VERDICTS = st.sampled_from(["pass", "pass", "pass", "pass", "", "fail"])
_CUSTOMERS = st.builds(
    Step,
    kind=st.sampled_from(["new", "new", "answer", "answer", "forwarded"]),
    who=st.sampled_from(CUSTOMERS),
    verdict=_VERDICTS,
    text=st.sampled_from(TEXTS),
    pick=st.integers(0, 30),
)
_AGENTS = st.builds(
    Step,
    kind=st.sampled_from(["reply", "reply", "reply", "another's relay", "two relays", "in copy", "to us", "passed on"]),
    who=st.sampled_from(CUSTOMERS),
    agent=st.sampled_from([DANA, AMY, BOB]),
    verdict=_VERDICTS,
    order=st.sampled_from(ORDERS),
    pick=st.integers(0, 30),
    other=st.integers(0, 30),
)
_TIME = st.builds(
    Step, kind=st.sampled_from(["wait", "yes", "yes"]), pick=st.integers(0, 30), minutes=st.sampled_from([1, 30, 900])
)
_TO_ALL = st.builds(
    Step, kind=st.just("to all"), agent=st.just(DANA), order=st.sampled_from(TO_ALL), pick=st.integers(0, 30)
)
HISTORIES = st.lists(st.one_of(_CUSTOMERS, _AGENTS, _AGENTS, _TIME, _TO_ALL), min_size=8, max_size=25)


def home(address: str) -> str:
    """Return the tenant of an address, or the address itself where no tenant lists it."""
    return TENANTS.get(address.rpartition("@")[2], address)


@dataclass
class World:
    """The desk, and whose each word is."""

    desk: Office
    owners: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=count)

    def play(self, step: Step) -> None:
        """Let one step happen."""
        match step.kind:
            case "wait":
                self.desk.let_pass(timedelta(minutes=step.minutes))
            case "yes":
                self._confirmed(step)
            case "new" | "answer" | "forwarded":
                self._customer(step)
            case "to all":
                self._told_to_all(step)
            case "in copy" | "to us":
                self._written(step)
            case _:
                self._relayed(step)
        self.desk.processor.step()
        self.desk.deliver()
        self.desk.let_pass(timedelta(0))

    def word(self, owner: str) -> str:
        """Return a word that is that owner's: a tenant, an unlisted address, or "ours"."""
        word = f"canary{len(self.owners)}x"
        self.owners[word] = owner
        return word

    def relays(self, agent: str = "") -> list[Sent]:
        """Return the relays that left, to that agent or to anybody."""
        relays = [one for one in self.desk.sent if purpose_of(one.message_id[:39]) is Purpose.RELAY]
        return [one for one in relays if not agent or one.recipient == agent]

    def owner(self, relay: Sent) -> str:
        """Return whose the ticket of a relay is, by the one who opened it."""
        ticket = self.desk.one("SELECT ticket_id FROM outbox WHERE message_id = ?", relay.message_id)
        return home(self.desk.one("SELECT requester FROM ticket WHERE id = ?", ticket))

    def receive(self, sender: str, text: str, step: Step, *answered: Sent, to: str = SUPPORT, copy: str = "") -> None:
        """Send a mail that bears all that the mails it answers bear."""
        quoted = "\n".join(f"> {line}" for one in answered[:1] for line in one.text.splitlines())
        refs = " ".join(f"<{one.message_id}>" for one in answered)
        fields = [f"In-Reply-To: <{answered[0].message_id}>", f"References: {refs}"] if answered else []
        if copy:
            fields.append(f"Cc: {copy}")
        self.desk.receive(
            mail(
                sender,
                f"{text}\n\nOn Mon, Nov 23, 2026 at 10:00 AM Harbor Voice wrote:\n{quoted}\n" if quoted else text,
                subject=f"Re: {answered[0].mail['Subject']}" if answered else self.word(home(sender)),
                verdict=step.verdict,
                message_id=f"{next(self.numbers)}@sender.example",
                fields=tuple(fields),
                replaces={"To": to},
            )
        )

    def _customer(self, step: Step) -> None:
        """Somebody writes; answers a mail of his own; or one that somebody else of any tenant got and passed on."""
        got = [one for one in self.desk.sent if (one.recipient == step.who) == (step.kind == "answer")]
        got = [one for one in got if home(one.recipient) == home(step.who) or one.recipient not in LIMITS]
        answered = [got[step.pick % len(got)]] if got and step.kind != "new" else []
        # What is passed on is the other's word, told by the other.
        text = f"{step.text}\n{self.word(home(step.who))}"
        if step.kind == "forwarded":
            answered = [Sent(one.at, one.reverse_path, one.recipient, _emptied(one)) for one in answered]
        self.receive(step.who, text, step, *answered)

    def _relayed(self, step: Step) -> None:
        relays = self.relays("" if step.kind == "another's relay" else step.agent)
        if not relays:
            return
        relay = relays[step.pick % len(relays)]
        more = [relays[step.other % len(relays)]] if step.kind == "two relays" else []
        owners = {self.owner(one) for one in (relay, *more)}
        if step.kind == "passed on":
            # The agent passed his relay on to a customer, who answers it to us.
            self.receive(step.who, f"{step.order}\n{self.word(home(step.who))}", step, _bare(relay))
            return
        owner = owners.pop() if len(owners) == 1 else "ours"
        self.receive(step.agent, f"{step.order}\nHello,\n{self.word(owner)}", step, relay, *more)

    def _written(self, step: Step) -> None:
        """An agent writes to a customer with us in copy, or to us alone."""
        if step.kind == "to us":
            self.receive(step.agent, f"{step.order}\n{self.word('ours')}", step)
        else:
            # What nobody proves is a stranger's, whatever it says.
            owner = home(step.who) if step.verdict == "pass" else "ours"
            self.receive(step.agent, self.word(owner), step, to=step.who, copy=SUPPORT)

    def _told_to_all(self, step: Step) -> None:
        """An agent who acts for all customers answers a relay with something of an incident, and what he is shown."""
        relays = self.relays(step.agent)
        if not relays:
            return
        before = len(self._asked())
        self.receive(step.agent, step.order, step, relays[step.pick % len(relays)])
        if len(asked := self._asked()) > before:
            self.receive(step.agent, "send", step, _bare(asked[-1]))

    def _asked(self) -> list[Sent]:
        """Return the questions whether a mail is an agent's, but for those about mail of somebody who is none."""
        asked = [one for one in self.desk.sent if purpose_of(one.message_id[:39]) is Purpose.CONFIRMATION]
        return [one for one in asked if "is not known as yours" not in " ".join(one.text.split())]

    def _confirmed(self, step: Step) -> None:
        """Whoever was asked whether an agent's mail is his says yes, where an agent of ours wrote it."""
        asked = self._asked()
        if asked:
            question = asked[step.pick % len(asked)]
            self.receive(question.recipient, "yes", step, _bare(question))


def _bare(sent: Sent) -> Sent:
    """Return a mail with its ids and no text to quote."""
    return Sent(sent.at, sent.reverse_path, sent.recipient, _emptied(sent))


def _emptied(sent: Sent) -> bytes:
    lines = [f"{name}: {sent.mail[name]}" for name in ("Message-ID", "From") if sent.mail[name]]
    ref = [line for line in sent.text.splitlines() if line.startswith("Ref:")]
    return "\r\n".join([*lines, "Subject: Something", "", *ref, ""]).encode()


@settings(max_examples=(settings.default or settings()).max_examples // 12, phases=set(Phase) - {Phase.explain})
@given(history=HISTORIES, night=st.booleans())
def test_nothing_of_one_tenant_reaches_the_other(history: list[Step], *, night: bool) -> None:
    with (
        TemporaryDirectory() as folder,
        office(Path(folder), rules=RULES + TEAM, at=CLOSED_AT if night else OPEN_AT) as desk,
    ):
        world = World(desk)
        for step in history:
            world.play(step)
        desk.let_pass(timedelta(days=2))
        customers_get_words_of_their_own_only(world)
        agents_get_what_is_theirs_to_see(world)
        everything_is_in_one_place(world)


def words_in(sent: Sent) -> set[str]:
    """Return the words that stand in a mail, in its fields or its text."""
    return {word for _, text in texts(sent.raw) for word in re.findall(r"canary\d+x", text)}


def customers_get_words_of_their_own_only(world: World) -> None:
    for sent in world.desk.sent:
        if sent.recipient in LIMITS or sent.for_team:
            continue
        strange = {word for word in words_in(sent) if world.owners[word] != home(sent.recipient)}
        assert strange == set(), sent.raw.decode()
        others = [box.addr_spec for box in sent.mail["Cc"].addresses] if sent.mail["Cc"] else []
        assert {home(one) for one in others} <= {home(sent.recipient)}


def agents_get_what_is_theirs_to_see(world: World) -> None:
    for sent in world.desk.sent:
        limit = LIMITS.get(sent.recipient)
        if limit is not None:
            strange = {word for word in words_in(sent) if world.owners[word] in set(TENANTS.values()) - {limit}}
            assert strange == set(), sent.raw.decode()


def everything_is_in_one_place(world: World) -> None:
    lost = "SELECT count(*) FROM arrival WHERE state NOT IN ('done', 'quarantined') OR entry_id IS NULL"
    assert world.desk.one(lost) == 0
