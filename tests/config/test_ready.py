"""What stops a start, and what is only warned of."""

from pathlib import Path

import pytest

from mailbot.config import inspect
from mailbot.errors import Problem

SOUND = """severity.critical.clock = "business"
[partner]
brand = "Example Telecom"
address = "support@telecom.example"
aliases = ["help@telecom.example"]
zone = "America/New_York"
emergency_number = "+1 212 555 0199"
[notify]
addresses = ["team@telecom.example"]
[relay]
host = "127.0.0.1"
"""
LISTEN = '[listen]\nlmtp = "127.0.0.1:2424"\n'
ACME = '[[tenant]]\nid = "acme"\nname = "Acme"\n'
BOLT = '[[tenant]]\nid = "bolt"\nname = "Bolt"\n'
DANA = '[[agent]]\nid = "dana"\nname = "Dana"\naddresses = ["dana@telecom.example"]\n'
MAILBOX = '[[mailbox]]\nhost = "imap.telecom.example"\nsign_in.user = "support"\nsign_in.password = { file = "pw" }\n'


def problems(folder: Path, rules: str) -> tuple[Problem, ...]:
    (folder / "rules.toml").write_text(rules, encoding="utf-8")
    secret = folder / "pw"
    secret.write_text("s3cret\n", encoding="utf-8")
    secret.chmod(0o600)
    return inspect(folder, running=True)[1]


def test_sound_rules_have_no_problem(tmp_path: Path) -> None:
    tenants = (
        ACME
        + 'addresses = ["office@acme.example"]\ndomains = ["acme.example"]\nphone_numbers = ["212-555-0123"]\n'
        + 'recipients = ["acme@telecom.example"]\nemergency_number = "1-800-555-HELP"\n'
        + BOLT
        + 'domains = ["bolt.example"]\n'
    )
    assert problems(tmp_path, SOUND + LISTEN + MAILBOX + tenants) == ()


def test_two_doors_may_each_have_any_free_port(tmp_path: Path) -> None:
    doors = '[listen]\nsmtp = "127.0.0.1:0"\nlmtp = "127.0.0.1:0"\n'
    assert problems(tmp_path, SOUND + doors) == ()


def test_an_empty_folder_names_everything_that_is_needed_and_the_next_step(tmp_path: Path) -> None:
    found = inspect(tmp_path, running=True)[1]
    assert all(problem.hint and problem.file == "rules.toml" and problem.line is None for problem in found)
    assert {problem.key: problem.warning for problem in found} == {
        "partner.brand": False,
        "partner.address": False,
        "mailbox": False,
        "partner.zone": True,
        "partner.emergency_number": True,
        "notify.addresses": True,
        "severity.critical.clock": True,
        "relay.host": True,
    }
    assert "no brand configured" in {problem.text for problem in found}


# (what is put in the place of what, or behind it) and what is said; each case has exactly one problem.
ERRORS = [
    # The partner.
    ('brand = "Example Telecom"', 'brand = " "', "rules.toml:3: partner.brand: no brand configured"),
    ('address = "support@telecom.example"', 'address = "support"', 'partner.address: "support" is no mail address'),
    ('"help@telecom.example"', '"Help <help@telecom.example>"', "partner.aliases[#1]: "),
    ('"+1 212 555 0199"', '"911"', "partner.emergency_number: 911 reaches ambulance, fire and police, not you"),
    ('"+1 212 555 0199"', '"ask Dana"', 'partner.emergency_number: "ask Dana" does not look like a phone number'),
    ('"+1 212 555 0199"', '"12"', 'partner.emergency_number: "12" does not look like a phone number'),
    (
        'zone = "',
        'phone = "by mail"\nzone = "',
        'partner.phone: "by mail" does not look like a phone number (write',
    ),
    ('zone = "', 'phone = "112"\nzone = "', "partner.phone: 112 reaches ambulance, fire and police, not you"),
    ("", ACME + 'emergency_number = "0"\n', 'tenant[acme].emergency_number: "0" does not look like a phone number'),
    ("", ACME + 'callback_number = "Dana"\n', 'tenant[acme].callback_number: "Dana" does not look like a phone number'),
    # Notices that would come back as mail, by any address of this mailbox, with or without a tag.
    ('"team@telecom.example"', '"Support@Telecom.example"', "notify.addresses[#1]: Support@Telecom.example comes back"),
    ('"team@telecom.example"', '"help+team@telecom.example"', "notify.addresses[#1]: help+team@telecom.example comes"),
    ('"team@telecom.example"', '"team"', 'notify.addresses[#1]: "team" is no mail address'),
    # What SMTP without extensions cannot carry.
    ('"team@telecom.example"', '"jürgen@telecom.example"', "notify.addresses[#1]: no mail can be sent to"),
    ('"support@telecom.example"', '"hilfe-für@telecom.example"', "partner.address: no mail can be sent to"),
    # No way in, or one that cannot be.
    (LISTEN, "", "mailbox: no way for mail to come in"),
    ('lmtp = "127.0.0.1:2424"', 'lmtp = "2424"', 'listen.lmtp: "2424" is no place to listen'),
    ('lmtp = "127.0.0.1:2424"', 'lmtp = "127.0.0.1:99999"', "listen.lmtp: "),
    (LISTEN, LISTEN + 'smtp = "127.0.0.1:2424"\n', "listen.lmtp: SMTP and LMTP cannot share one port"),
    (LISTEN, LISTEN + 'trusted_relays = ["mx.telecom.example"]\n', "listen.trusted_relays[#1]: "),
    (LISTEN, LISTEN + 'recipients = ["support"]\n', "listen.recipients[#1]: "),
    # Tenants that cannot be told apart, from each other or from us.
    ("", ACME + ACME, 'tenant[acme].id: another tenant has the id "acme"'),
    (
        "",
        ACME + 'domains = ["acme.example"]\n' + BOLT + 'domains = ["ACME.example"]\n',
        "tenant[bolt].domains[#1]: acme.example is listed for acme, too",
    ),
    (
        "",
        ACME + 'recipients = ["desk@telecom.example"]\n' + BOLT + 'recipients = ["Desk@telecom.example"]\n',
        "tenant[bolt].recipients[#1]: desk@telecom.example is listed for acme, too",
    ),
    ("", ACME + 'domains = ["gmail.com"]\n', "tenant[acme].domains[#1]: anybody can have an address at gmail.com"),
    (
        "",
        ACME + 'domains = ["Telecom.Example"]\n',
        "tenant[acme].domains[#1]: Telecom.Example is the domain of",
    ),
    (
        "",
        ACME + 'domains = ["@acme.example"]\n',
        'tenant[acme].domains[#1]: "@acme.example" is no mail domain (',
    ),
    ("", ACME + 'domains = ["example"]\n', 'tenant[acme].domains[#1]: "example" is no mail domain'),
    (
        "",
        ACME + 'addresses = ["help@telecom.example"]\n',
        "tenant[acme].addresses[#1]: help@telecom.example is",
    ),
    ("", ACME + 'addresses = ["office"]\n', 'tenant[acme].addresses[#1]: "office" is no mail address'),
    ("", ACME + 'recipients = ["acme"]\n', 'tenant[acme].recipients[#1]: "acme" is no mail address'),
    (
        "",
        ACME + 'addresses = ["team@telecom.example"]\n',
        "notify.addresses[#1]: team@telecom.example belongs to acme, who would read about all other customers",
    ),
    # Mailboxes.
    ("", MAILBOX.replace('"imap.telecom.example"', '""'), "mailbox[#1].host: names no server"),
    ("", MAILBOX.replace('sign_in.user = "support"\n', ""), "mailbox[#1].sign_in.user: no user to sign in as"),
    (
        "",
        MAILBOX.replace('{ file = "pw" }', '{ file = "gone" }'),
        "mailbox[#1].sign_in.password: the file cannot be",
    ),
    ("", MAILBOX.replace("sign_in.password", "#"), "mailbox[#1].sign_in: needs either a password or a token"),
    ("", MAILBOX + 'sign_in.token = { file = "pw" }\n', "mailbox[#1].sign_in: needs either a password or a token"),
    ("", MAILBOX + 'tls = "none"\n', "mailbox[#1].tls: the password would cross the network for all to read"),
    ("", MAILBOX + "folders = []\n", "mailbox[#1].folders: names no folder to read"),
    ("", MAILBOX + 'move_to = "INBOX"\n', 'mailbox[#1].move_to: mail would be moved to "INBOX", which is read'),
    ("", MAILBOX + MAILBOX, 'mailbox[#2].id: another mailbox has the id "support"'),
    # The relay.
    (
        'host = "127.0.0.1"',
        'host = "127.0.0.1"\nsign_in.user = "u"',
        "relay.sign_in: needs either a password",
    ),
    ('host = "127.0.0.1"', 'host = "127.0.0.1"\nsign_in.password = { file = "pw" }', "relay.sign_in.user: no user to"),
    (
        'host = "127.0.0.1"',
        'host = "127.0.0.1"\nsign_in = { user = "u", password = { env = "MAILBOT_TEST_GONE" } }',
        "relay.sign_in.password: the environment variable MAILBOT_TEST_GONE is not set",
    ),
]
WARNINGS = [
    ('zone = "America/New_York"\n', "", "partner.zone: no time zone configured: opening hours are read in UTC"),
    ('emergency_number = "+1 212 555 0199"\n', "", "partner.emergency_number: no emergency number"),
    (
        "",
        ACME + 'phone_numbers = ["(212) 555-0199"]\n',
        "partner.emergency_number: this number is Acme's own: it is dead when their phones are",
    ),
    (
        "",
        ACME + 'phone_numbers = ["(212) 555-0123"]\nemergency_number = "+12125550123"\n',
        "tenant[acme].emergency_number: this number is Acme's own",
    ),
    ("", DANA + "hours.week = {}\n", "agent[dana].hours.week: Dana's hours never begin"),
    ("", ACME + 'phone_numbers = ["extension 12"]\n', "tenant[acme].phone_numbers[#1]: "),
    ('addresses = ["team@telecom.example"]', "", "notify.addresses: nobody of you is told about new tickets"),
    ('"team@telecom.example"', '"dana@acme.example"', "notify.addresses[#1]: dana@acme.example is at a domain of acme"),
    ('host = "127.0.0.1"', "", "relay.host: no relay configured: outgoing mail is only written to "),
    (
        "",
        "[partner.hours.week]\nmon = []\ntue = []\nwed = []\nthu = []\nfri = []\n",
        "partner.hours.week: support never opens",
    ),
    (
        "",
        ACME + "hours.week = { mon = [], tue = [], wed = [], thu = [], fri = [] }\n",
        "tenant[acme].hours.week: support never opens",
    ),
    ('lmtp = "127.0.0.1:2424"', 'lmtp = "0.0.0.0:2424"', "listen.lmtp: other machines can hand in mail here"),
    ("", MAILBOX + "port = 143\n", 'mailbox[#1].tls: port 143 usually goes with tls = "starttls"'),
    ("", '[severity.high]\nresolution = "5m"\n', "severity.high.resolution: a resolution is promised sooner"),
    ('zone = "', 'country = "USA"\nzone = "', "partner.country: is no country code"),
    ('zone = "', 'hours.region = "DE-BY"\nzone = "', 'partner.country: your holidays are those of "DE"'),
    ("[notify]", "[radar]\ntenants = 1\n[notify]", "radar.tenants: every trouble of one customer"),
    ('zone = "', 'website = "telecom.example"\nzone = "', "partner.website: is no web address"),
    # Somebody who writes for two customers is told apart by what the mail names, else asked.
    (
        "",
        ACME + 'addresses = ["books@tax.example"]\n' + BOLT + 'addresses = ["Books@tax.example"]\n',
        "tenant[bolt].addresses[#1]: books@tax.example is listed for acme, too",
    ),
    (
        "",
        ACME + 'domains = ["acme.example", "acme.example"]\n',
        "tenant[acme].domains[#2]: acme.example is listed tw",
    ),
]

ERRORS += [
    (
        "",
        DANA.replace("dana@", "support+dana@"),
        "agent[dana].addresses[#1]: support+dana@telecom.example is the address that customers write to",
    ),
    (
        "",
        ACME + 'addresses = ["dana@acme.test"]\n' + DANA.replace("telecom.example", "acme.test"),
        "agent[dana].addresses[#1]: dana@acme.test belongs to acme",
    ),
    ("", DANA.replace("dana@", "jürgen@"), "agent[dana].addresses[#1]: "),
    ("", DANA + DANA.replace('"dana"', '"bob"'), "agent[bob].addresses[#1]: dana@telecom.example is dana's, too"),
    ("", DANA + 'tenants = ["acme"]\n', 'there is no tenant "acme"'),
]
WARNINGS += [
    ("", '[team]\nanswer = "relay"\n', "team.answer: no agent is listed"),
    ("", DANA + '[team]\nanswer = "relay"\n[dkim]\nverify = false\n', "each reply is asked back"),
    ("", ACME + BOLT + DANA + 'tenants = ["acme"]\n', "tenant[bolt]: no agent gets the mail of Bolt"),
    (
        "",
        MAILBOX.replace('"support"', '"dana@telecom.example"') + DANA,
        "agent[dana].addresses[#1]: dana@telecom.example signs in to the mailbox",
    ),
]


ROTA = DANA + '[oncall]\nrota = ["dana"]\n[[oncall.exception]]\nagent = "dana"\n'
ERRORS += [
    ("", ROTA + 'first = "2026-12-24"\nlast = "2026-12-23"\n', "oncall.exception[#1]: it ends before it begins"),
    ("", ROTA + 'first = "2026-12-24"\nlast = "2027-12-26"\n', "oncall.exception[#1]: it lasts longer than a year"),
    ("", ROTA + "first = 2026-12-24\nlast = 9999-12-31\n", 'oncall.exception[#1].last: "9999-12-31" is no day of this'),
    ("", DANA + '[oncall]\nsince = "1926-11-23"\n', 'oncall.since: "1926-11-23" is no day of this century or'),
]
WARNINGS += [
    ("", "[clock]\nwarn_at = [80, 50]\n", "clock.warn_at: is read from the smallest on, each once: 50, 80"),
    ("", "[clock]\nwarn_at = [50, 80, 80]\n", "clock.warn_at: is read from the smallest on, each once: 50, 80"),
    ("", '[clock]\nremind_after = "7d"\n', "clock.remind_after: the ticket is closed before its customer is reminded"),
    ("", '[clock]\nclose_after = "3d"\n', "clock.remind_after: the ticket is closed before its customer is reminded"),
]
# Who is told what is promised.
ERRORS += [
    ("", ACME + 'contact = "Dana <dana@>"\n', 'tenant[acme].contact: "Dana <dana@>" is no name with a mail address'),
    ("", ACME + 'contact = "Dana <jürgen@acme.example>"\n', "tenant[acme].contact: no mail can be sent to"),
    (
        "",
        ACME + 'contact = "Us <help@telecom.example>"\n',
        "tenant[acme].contact: help@telecom.example is the desk its",
    ),
    ("", ACME + 'status_page = "http://status.example"\n', 'tenant[acme].status_page: a link starts with "https://"'),
    ('zone = "', 'manual = "https://manual.example/{tenant}"\nzone = "', "partner.manual: nothing is filled in here"),
]
WARNINGS += [
    (
        "",
        ACME + 'contact = "Dana <dana@other.example>"\n',
        "tenant[acme].contact: dana@other.example is told what acme",
    ),
]
# Promises at night, and nobody on call.
ALL_DAY = "".join(f'{day} = ["00:00-24:00"]\n' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
WARNINGS += [
    (
        'severity.critical.clock = "business"',
        "",
        "severity.critical.clock: an answer is promised at night, too",
    ),
    ("", '[severity.high]\nclock = "always"\n', "severity.high.clock: an answer is promised at night, too"),
    (
        "",
        '[severity.high]\nclock = "always"\nresponse = "2d"\nresolution = "9d"\n',
        "severity.high.clock: an answer is",
    ),
    (
        "",
        ACME + 'hours.week.sat = ["10:00-12:00"]\n',
        "tenant[acme]: Acme is promised an answer at night (critical)",
    ),
    (
        "",
        ACME + 'severity.low.response = "10h"\nhours.week.sun = ["00:00-24:00"]\n',
        "tenant[acme]: Acme is promised",
    ),
    (
        'severity.critical.clock = "business"',
        ACME + BOLT + DANA + 'tenants = ["acme"]\n' + DANA.replace("dana", "bob") + '[oncall]\nrota = ["dana"]\n#',
        "tenant[bolt]: Bolt is promised an answer at night (critical), and nobody who may act for it is on call",
    ),
]


@pytest.mark.parametrize(
    "rules",
    [
        # A weekend is shorter.
        '[severity.high]\nclock = "always"\nresponse = "3d"\nresolution = "9d"\n',
        DANA + '[oncall]\nrota = ["dana"]\n[severity.high]\nclock = "always"\n',
        f'[partner.hours.week]\n{ALL_DAY}[severity.high]\nclock = "always"\n',
        ACME + 'severity.high.response = "10m"\n',
        ACME + 'hours.week.mon = ["10:00-12:00"]\n',
    ],
)  # fmt: skip
def test_what_is_promised_while_somebody_is_there_or_on_call_is_well(tmp_path: Path, rules: str) -> None:
    assert problems(tmp_path, SOUND + LISTEN + rules) == ()


def test_what_ends_by_itself_may_do_so_without_a_reminder_and_the_other_way_round(tmp_path: Path) -> None:
    for never in ('remind_after = "0s"\nclose_after = "3d"\n', 'close_after = "0s"\n', "warn_at = []\n"):
        assert problems(tmp_path, f"{SOUND}{LISTEN}[clock]\n{never}") == ()


@pytest.mark.parametrize(
    ("place", "put", "expected", "warning"),
    [(*case, False) for case in ERRORS] + [(*case, True) for case in WARNINGS],
)
def test_one_thing_wrong(tmp_path: Path, place: str, put: str, expected: str, *, warning: bool) -> None:
    sound = SOUND + LISTEN
    if "acme.example is at a domain" in expected or "dana@acme.example" in put:
        sound += ACME + 'domains = ["acme.example"]\n'
    assert place in sound
    rules = sound.replace(place, put, 1) if place else sound + put
    (problem,) = problems(tmp_path, rules)
    assert expected in str(problem)
    assert problem.warning is warning
    assert problem.file == "rules.toml"


def test_the_line_is_that_of_the_operators_key(tmp_path: Path) -> None:
    rules = SOUND + LISTEN + ACME + 'domains = [\n  "acme.example",\n  "gmail.com",\n]\n'
    (problem,) = problems(tmp_path, rules)
    assert problem.line is not None
    assert rules.splitlines()[problem.line - 1] == '  "gmail.com",'


def test_public_domains_are_compared_as_domains(tmp_path: Path) -> None:
    rules = 'public_domains = ["müller.example"]\n' + SOUND + LISTEN + ACME + 'domains = ["xn--mller-kva.example"]\n'
    (problem,) = problems(tmp_path, rules)
    assert "anybody can have an address" in problem.text
