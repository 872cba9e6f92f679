"""An operator's rules.toml over the shipped one: what comes out, and what is said about mistakes."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.clocks.hours import opening_hours
from mailbot.config import effective, inspect, load, shipped_path
from mailbot.config.shape import all_keys
from mailbot.errors import ConfigError
from mailbot.rules import BusinessDay, Period, Playbook, Rules, Severity
from mailbot.rules.lines import Place


def write(folder: Path, rules: str, learned: str | None = None) -> Path:
    (folder / "rules.toml").write_text(rules, encoding="utf-8")
    if learned is not None:
        (folder / "learned.toml").write_text(learned, encoding="utf-8")
    return folder


def said(folder: Path) -> list[str]:
    return [str(problem) for problem in inspect(folder)[1]]


def test_an_empty_folder_has_the_shipped_rules(tmp_path: Path) -> None:
    assert load(tmp_path) == load(None)


def test_the_shipped_rules_name_no_brand_and_no_mailbox() -> None:
    rules = load(None)
    assert (rules.partner.brand, rules.partner.address, rules.mailbox, rules.tenant) == ("", "", (), ())
    assert not rules.relay.host


def test_the_shipped_rules_hold_what_the_models_hold_by_themselves() -> None:
    shipped, bare = load(None), Rules()
    for name in ("partner", "listen", "relay", "notify", "answers", "limits"):
        assert getattr(shipped, name) == getattr(bare, name)
    for severity in Severity:
        promised, expected = shipped.severity[severity], bare.severity[severity]
        assert (promised.response, promised.resolution, promised.clock) == (
            expected.response,
            expected.resolution,
            expected.clock,
        )


def test_values_reach_their_final_type(tmp_path: Path) -> None:
    rules = load(
        write(
            tmp_path,
            """
            [partner]
            zone = "Europe/Berlin"
            [partner.hours]
            closed = ["2026-12-30..2027-01-01", 2026-05-15]
            [partner.hours.week]
            sat = ["13:00-24:00", "9:00-12:00"]
            [answers]
            max_age = "1h 30m"
            [severity.high]
            response = "2 business days"
            resolution = "best effort"
            """,
        )
    )
    assert rules.partner.zone == ZoneInfo("Europe/Berlin")
    assert rules.partner.hours.closed == (date(2026, 5, 15), date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1))
    assert rules.partner.hours.week.sat == (
        Period(start=time(9), end=time(12)),
        Period(start=time(13), end=time.max),
    )
    assert rules.answers.max_age == timedelta(minutes=90)
    assert rules.severity[Severity.HIGH].response == BusinessDay(days=2)
    assert rules.severity[Severity.HIGH].resolution is None


def test_what_the_operator_leaves_out_stays_as_shipped(tmp_path: Path) -> None:
    shipped = load(None)
    rules = load(write(tmp_path, '[partner.hours.week]\nsat = ["10:00-12:00"]\n[severity.high]\nresponse = "30m"\n'))
    assert rules.partner.hours.week.mon == shipped.partner.hours.week.mon
    assert rules.severity[Severity.HIGH].rule == shipped.severity[Severity.HIGH].rule
    assert rules.severity[Severity.HIGH].response == timedelta(minutes=30)
    assert rules.severity[Severity.LOW] == shipped.severity[Severity.LOW]
    assert rules.public_domains == shipped.public_domains


def test_a_list_of_the_operators_replaces_the_shipped_one(tmp_path: Path) -> None:
    assert load(write(tmp_path, 'public_domains = ["mail.example"]')).public_domains == ("mail.example",)


def test_rules_are_merged_by_their_id(tmp_path: Path) -> None:
    shipped = load(None).severity[Severity.CRITICAL].rule
    first, second, *rest = shipped
    rules = load(
        write(
            tmp_path,
            f"""
            [[severity.critical.rule]]
            id = "{first.id}"
            disabled = true
            [[severity.critical.rule]]
            id = "{second.id}"
            scope = ["the barn"]
            [[severity.critical.rule]]
            id = "our-own"
            state = ["on fire"]
            """,
        )
    )
    changed, *unchanged, own = rules.severity[Severity.CRITICAL].rule
    assert changed == second.model_copy(update={"scope": ("the barn",)})
    assert unchanged == rest
    assert (own.id, own.state) == ("our-own", ("on fire",))


def test_a_playbook_can_be_changed_in_one_key(tmp_path: Path) -> None:
    shipped = load(None).playbook[Playbook.PORT_IN]
    changed = load(write(tmp_path, '[playbook.port_in]\ntitle = "Welcome"\n')).playbook[Playbook.PORT_IN]
    assert changed == shipped.model_copy(update={"title": "Welcome"})


def test_an_agents_hours_keep_the_partners_closed_days_and_a_week_of_their_own(tmp_path: Path) -> None:
    rules = load(
        write(
            tmp_path,
            """
            [partner.hours]
            region = "US"
            closed = ["2026-12-24"]
            not_holidays = ["Columbus Day"]
            [[agent]]
            id = "dana"
            name = "Dana"
            addresses = ["dana@harborvoice.example"]
            hours.week = { mon = ["08:00-16:00"] }
            [[agent]]
            id = "bob"
            name = "Bob"
            addresses = ["bob@harborvoice.example"]
            hours.region = "DE"
            """,
        )
    )
    dana, bob = (agent.hours for agent in rules.agent)
    assert dana is not None
    assert bob is not None
    assert (dana.region, dana.not_holidays) == ("US", ("Columbus Day",))
    assert dana.closed == bob.closed == (date(2026, 12, 24),)
    assert (len(dana.week.mon), dana.week.tue) == (1, ())
    assert (bob.region, bob.not_holidays, bob.week) == ("DE", (), rules.partner.hours.week)


def test_a_tenants_hours_are_the_partners_but_for_what_they_say(tmp_path: Path) -> None:
    rules = load(
        write(
            tmp_path,
            """
            [partner]
            zone = "America/New_York"
            [partner.hours]
            region = "US"
            [partner.hours.week]
            fri = ["09:00-12:00"]
            [[tenant]]
            id = "acme"
            name = "Acme"
            zone = "America/Chicago"
            hours.week.sat = ["10:00-11:00"]
            [[tenant]]
            id = "bolt"
            name = "Bolt"
            """,
        )
    )
    acme, bolt = rules.tenant
    assert acme.hours is not None
    assert acme.hours.week.fri == rules.partner.hours.week.fri
    assert acme.hours.region == "US"
    assert bolt.hours is None
    saturday_at_ten_in_chicago = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    assert opening_hours(rules, acme).is_open(saturday_at_ten_in_chicago)
    assert not opening_hours(rules, bolt).is_open(saturday_at_ten_in_chicago)


# One mistake a case: the file, and the start of what is said about it.
@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ('[partner]\nbrnad = "X"', "rules.toml:2: partner.brnad: unknown key (did you mean brand?)"),
        ("\n[severty.high]", "rules.toml:2: severty: unknown key (did you mean severity?)"),
        # A key in the wrong table is told where it belongs.
        ('[partner]\npoll = "5m"', "rules.toml:2: partner.poll: unknown key (it belongs in [[mailbox]])"),
        ('[severity.critcal]\nresponse = "1h"', 'rules.toml:1: severity.critcal: must be one of "critical", "high"'),
        ("[partner]\nbrand = 5", 'rules.toml:2: partner.brand: must be text in quotes, like "this"'),
        ('[partner]\naliases = "a@b.example"', "rules.toml:2: partner.aliases: must be a list"),
        ("partner = 5", "rules.toml:1: partner: must be a table of keys"),
        ('[relay]\nport = "25"', "rules.toml:2: relay.port: must be a whole number, without quotes"),
        ("[relay]\nport = 70000", "rules.toml:2: relay.port: must be 65535 or less"),
        ("[limits]\nmessage_bytes = 1.5", "rules.toml:2: limits.message_bytes: must be a whole number"),
        ("[limits]\nreceived_fields = -1", "rules.toml:2: limits.received_fields: must be 0 or more"),
        ('[answers]\nacknowledge = "yes"', "rules.toml:2: answers.acknowledge: must be true or false"),
        ("[answers]\nacknowledge = 1", "rules.toml:2: answers.acknowledge: must be true or false"),
        ('[[agent]]\nid = "a"\nname = "A"\ntier = 3', "rules.toml:4: agent[a].tier: must be 1 or 2"),
        ('[answers]\noutgoing = "hlod"', 'rules.toml:2: answers.outgoing: must be one of "send", "hold" (did you mean'),
        ('[partner]\nzone = "Europe/Berln"', 'rules.toml:2: partner.zone: "Europe/Berln" is no time zone; write one'),
        ('[partner]\nzone = ""', 'rules.toml:2: partner.zone: "" is no time zone'),
        ("[relay]\ntimeout = 60", "rules.toml:2: relay.timeout: 60 is not a length of time; write a number with s, m"),
        ('[relay]\ntimeout = "1 hour"', 'rules.toml:2: relay.timeout: "1 hour" is not a length of time'),
        ('[relay]\ntimeout = "0s"', "rules.toml:2: relay.timeout: must be longer than nothing"),
        ('[relay]\ntimeout = "999999999w"', 'rules.toml:2: relay.timeout: "999999999w" is longer than a year'),
        (
            '[severity.low]\nresponse = "soon"',
            'rules.toml:2: severity.low.response: "soon" is not a length of time; write',
        ),
        ('[partner.hours.week]\nmon = ["9-17"]', 'rules.toml:2: partner.hours.week.mon[#1]: "9" is no time of day'),
        ('[partner.hours.week]\nmon = ["22:00-06:00"]', "rules.toml:2: partner.hours.week.mon[#1]: "),
        # The line is that of the element, in a list over many.
        (
            '[partner.hours.week]\nmon = [\n  "09:00-12:00",\n  "13:00-25:00",\n]',
            'rules.toml:4: partner.hours.week.mon[#2]: "25:00" is no time of day',
        ),
        (
            '[partner.hours.week]\nmon = ["09:00-12:00", "11:00-13:00"]',
            "rules.toml:2: partner.hours.week.mon: two spans overlap at 11:00",
        ),
        ("[partner.hours]\nclosed = [20261224]", "rules.toml:2: partner.hours.closed: 20261224 is no day; write it"),
        (
            '[partner.hours]\nclosed = ["2026-13-01", "24.12.2026"]',
            (
                'rules.toml:2: partner.hours.closed: "2026-13-01" is no day; write it like "2026-12-24", or many like '
                '"2026-12-24..2027-01-01"; "24.12.2026" is no day'
            ),
        ),
        ('[partner.hours]\nclosed = ["2026-12-31..2026-12-01"]', "rules.toml:2: partner.hours.closed: "),
        ('[partner.hours]\nregion = "US-XX"', "rules.toml:2: partner.hours.region: no public holidays are known for"),
        (
            '[partner.hours]\nregion = "US"\nnot_holidays = ["Colombus Day"]',
            'rules.toml:3: partner.hours.not_holidays[#1]: "Colombus Day" is no public holiday in US (did you mean',
        ),
        ('[partner]\nbrand = "Two\\nlines"', "rules.toml:2: partner.brand: must stand on one line"),
        ('[[tenant]]\nid = "acme"', "rules.toml:1: tenant[acme].name: is missing (add name = … to this table)"),
        (
            '[[tenant]]\nid = "a"\nname = "A"\n[[tenant]]\nid = "b c"\nname = "B"',
            "rules.toml:5: tenant[b c].id: an id is made of letters",
        ),
        (
            '[[tenant]]\nid = "acme"\nname = "A"\nadresses = []',
            "rules.toml:4: tenant[acme].adresses: unknown key (did you mean addresses?)",
        ),
        ('[[severity.high.rule]]\nid = "x"', "rules.toml:1: severity.high.rule[x]: a rule needs `state`"),
        (
            '[[severity.high.rule]]\nid = "x"\nregex = "("',
            "rules.toml:3: severity.high.rule[x].regex: is no regular expression: ",
        ),
        (
            '[[severity.high.rule]]\nid = "x"\nstate = ["a"]\n[[severity.high.rule]]\nid = "x"\nstate = ["b"]',
            'rules.toml:5: severity.high.rule[x].id: another rule here has the id "x"',
        ),
        (
            '[[severity.high.rule]]\nid = "x"\ndisabled = true',
            "rules.toml:1: severity.high.rule[x]: takes nothing away: no shipped rule has this id",
        ),
        # One bracket too few, one too many.
        ('[tenant]\nid = "acme"', "rules.toml:1: tenant: is a list of tables (write [[tenant]], with two brackets)"),
        ('[severity.high.rule]\nid = "x"', "rules.toml:1: severity.high.rule: is a list of tables"),
        (
            '[[relay]]\nhost = "x"',
            "rules.toml:1: relay: is one table, not a list of them (write its header with single",
        ),
        # What is no TOML at all.
        ("[partner\n", "rules.toml:1: this is not TOML, in column 9: expected ']' at the end of a table declaration"),
        ("[partner]\nbrand = Acme\n", "rules.toml:2: this is not TOML, in column 9: invalid value"),
        ('[partner]\nbrand = "a"\nbrand = "b"', "rules.toml:3: this is not TOML, "),
        ('[partner]\nbrand = """a', "rules.toml:2: this is not TOML, at the end of the file: "),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_nearest_right_key(tmp_path: Path, rules: str, expected: str) -> None:
    (problem,) = said(write(tmp_path, rules))
    assert problem.startswith(expected)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("soon", 'such as "90s", "15m", "1h 30m" or "3d", or business days, "3 business days", or "best effort"'),
        ("400d", '"400d" is longer than a year'),
    ],
)
def test_a_promise_names_every_form_only_where_the_form_is_wrong(tmp_path: Path, written: str, expected: str) -> None:
    (problem,) = said(write(tmp_path, f'[severity.low]\nresponse = "{written}"'))
    assert problem.endswith(expected)


ODD_VALUES = (
    "1",
    "-1",
    "1.5",
    '""',
    '"x"',
    "true",
    "[]",
    '["x"]',
    "[1]",
    "[[]]",
    "[{}]",
    "{}",
    "{x = 1}",
    "2026-01-01",
)


@given(st.sampled_from(list(all_keys())), st.sampled_from(ODD_VALUES))
def test_no_value_anywhere_is_too_odd_to_be_told(place_and_key: tuple[Place, str], value: str) -> None:
    place, key = place_and_key
    written = f"{{ {key} = {value} }}"
    for step in reversed(place[1:]):
        written = f"[{written}]" if step == 0 else f"{{ {step} = {written} }}"
    line = f"{place[0]} = {written}" if place else f"{key} = {value}"
    with TemporaryDirectory() as folder:
        rules, problems = inspect(write(Path(folder), line), running=True)
        assert all(problem.file == "rules.toml" for problem in problems)
        if rules is not None:
            effective(rules)


def test_every_problem_is_told_at_once_in_file_order(tmp_path: Path) -> None:
    write(tmp_path, '[answers]\noutgoing = "hlod"\n[relay]\nport = "25"\nhots = "x"\n[partner]\nzone = "Mars"\n')
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert [(problem.line, problem.key) for problem in caught.value.problems] == [
        (2, "answers.outgoing"),
        (4, "relay.port"),
        (5, "relay.hots"),
        (7, "partner.zone"),
    ]


def test_a_mistake_in_the_partners_hours_is_not_told_again_for_each_tenant(tmp_path: Path) -> None:
    rules = '[partner.hours.week]\nmon = ["x"]\n[[tenant]]\nid = "a"\nname = "A"\nhours.week.sat = []\n'
    (problem,) = said(write(tmp_path, rules))
    assert problem.startswith("rules.toml:2: partner.hours.week.mon")


def test_a_warning_stops_nothing(tmp_path: Path) -> None:
    write(tmp_path, '[[severity.high.rule]]\nid = "x"\ndisabled = true\n')
    (problem,) = inspect(tmp_path)[1]
    assert problem.warning
    assert load(tmp_path) == load(None)


def test_a_folder_that_is_not_there_is_no_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such folder"):
        load(tmp_path / "typo")


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_bytes('[partner]\nbrand = "Müller"'.encode("latin-1"))
    (problem,) = inspect(tmp_path)[1]
    assert "UTF-8" in problem.text


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_bytes(b'\xef\xbb\xbf[partner]\r\nbrand = "Acme"\r\n')
    assert load(tmp_path).partner.brand == "Acme"


@pytest.mark.parametrize(
    "rules",
    [
        # The secret itself where its place belongs; as the name of a variable; under a misspelt key; beside a real one.
        '[relay]\nsign_in.password = "hunter2 s3cret"',
        '[relay]\nsign_in.password = {env = "hunter2 s3cret"}',
        '[relay]\nsign_in.pasword = "hunter2 s3cret"',
        '[relay]\nsign_in = "hunter2 s3cret"',
        '[relay]\nsign_in.password = {env = "MAILBOT_PASSWORD", file = "hunter2 s3cret"}',
        '[relay]\nsign_in.password = {value = "hunter2 s3cret"}',
        '[relay]\nsign_in.password = ["hunter2 s3cret"]',
    ],
)
def test_a_secret_is_never_repeated(tmp_path: Path, rules: str) -> None:
    rules_or_none, problems = inspect(write(tmp_path, rules))
    assert rules_or_none is None
    assert problems
    assert "s3cret" not in repr(problems)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert "s3cret" not in repr(caught.value)
    assert caught.value.__cause__ is None


TENANTS = """
[[tenant]]
id = "acme"
name = "Acme"
addresses = ["office@acme.example"]
[[tenant]]
id = "bolt"
name = "Bolt"
addresses = ["desk@bolt.example"]
"""


def test_learned_addresses_join_their_tenants(tmp_path: Path) -> None:
    learned = '[[tenant]]\nid = "bolt"\naddresses = ["new@bolt.example", "Desk@bolt.example"]\n'
    acme, bolt = load(write(tmp_path, TENANTS, learned)).tenant
    assert acme.addresses == ("office@acme.example",)
    assert bolt.addresses == ("desk@bolt.example", "new@bolt.example")


@pytest.mark.parametrize(
    ("learned", "expected", "stops"),
    [
        # rules.toml wins, and what is left over hurts nobody.
        (
            '[[tenant]]\nid = "gone"\naddresses = ["a@gone.example"]',
            "learned.toml:1: tenant[gone]: there is no such tenant",
            False,
        ),
        (
            '[[tenant]]\nid = "bolt"\naddresses = [\n"Office@acme.example"]',
            "learned.toml:4: tenant[bolt].addresses[#1]: Office@acme.example belongs to acme",
            False,
        ),
        ('[[tenant]]\nid = "bolt"\ndomans = ["x.example"]', "learned.toml:3: tenant[bolt].domans: unknown key", True),
        ("[[tenant", "learned.toml:1: this is not TOML", True),
    ],
)
def test_what_is_wrong_with_learned_addresses(tmp_path: Path, learned: str, expected: str, *, stops: bool) -> None:
    rules, (problem,) = inspect(write(tmp_path, TENANTS, learned))
    assert str(problem).startswith(expected)
    assert problem.warning is not stops
    assert (rules is None) is stops
    if rules is not None:
        assert [tenant.addresses for tenant in rules.tenant] == [("office@acme.example",), ("desk@bolt.example",)]


def test_the_rules_in_force_are_shown_without_secrets(tmp_path: Path) -> None:
    shown = effective(
        load(
            write(
                tmp_path,
                """
                [partner]
                brand = "Acme \\"Tel\\""
                [partner.hours.week]
                sat = ["09:00-24:00"]
                [relay]
                host = "smtp.example.com"
                sign_in = { user = "acme", password = { file = "secret-place" } }
                [[mailbox]]
                id = "sales"
                host = "imap.example.com"
                sign_in = { user = "acme", token = { command = "print-token s3cret" } }
                """,
            )
        )
    ).splitlines()
    assert 'partner.brand = "Acme \\"Tel\\""' in shown
    assert 'partner.hours.week.sat = ["09:00-24:00"]' in shown
    assert 'relay.timeout = "1m"' in shown
    assert 'severity.high.resolution = "24h"' in shown
    assert 'severity.normal.resolution = "3 business days"' in shown
    assert 'severity.low.resolution = "best effort"' in shown
    assert "relay.sign_in.password = (secret, from file)" in shown
    assert "mailbox[sales].sign_in.token = (secret, from a command)" in shown
    assert "secret-place" not in "\n".join(shown)
    assert "s3cret" not in "\n".join(shown)


def test_the_shipped_file_is_found() -> None:
    assert shipped_path().name == "rules.toml"
    assert shipped_path().is_file()
