"""What an agent writes on the first lines becomes commands; what cannot be read stops the whole mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mailbot.deciding.agents.commands import COMMANDS, Moment, help_lines, kinds, parse, says_send, transcript
from mailbot.deciding.agents.commands.command import Care
from mailbot.deciding.agents.commands.kinds import Command
from mailbot.deciding.agents.commands.leave import Away, Mute
from mailbot.deciding.agents.commands.onincident import IncidentStep, OnIncident
from mailbot.deciding.agents.commands.tovendor import ToVendor
from mailbot.rules import Agent, Partner, Playbook, Rules, Severity, Tenant
from tests.deciding.agents.agent_mail import CLOCK, DANA, NEW_YORK, NOW

OPEN, ADD, REMOVE, UPDATE, RESOLVE = IncidentStep

TAKE, CLOSE, HIGH = kinds.Take(), kinds.Close(), kinds.SetSeverity(Severity.HIGH)
CARRIER = kinds.Wait("carrier", date(2026, 12, 12))
JANE = "jane@acme.example"


def problem(text: str) -> tuple[str, str]:
    """Return why nothing of the mail is done, and the nearest right words; there is one problem."""
    orders = parse(text, DANA)
    assert (orders.commands, orders.text) == ((), "")
    [found] = orders.problems
    return found.text, found.nearest


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("#close", CLOSE),
        ("#reopen", kinds.Reopen()),
        ("#take", TAKE),
        ("#spam", kinds.MarkSpam()),
        ("#open", kinds.ListOpen()),
        ("#mine", kinds.ListMine()),
        ("#help", kinds.Help()),
        ("#undo", kinds.Undo()),
        ("#note she likes calls", kinds.Note("she likes calls")),
        ("#severity high", HIGH),
        ("#assign bob", kinds.Assign("bob")),
        ("#assign Bob Stone", kinds.Assign("bob")),
        ("#assign stone", kinds.Assign("bob")),
        ("#assign to bob@harborvoice.example", kinds.Assign("bob")),
        ("#called", kinds.Called("", NOW)),
        ("#called 02:25", kinds.Called("", datetime(2026, 11, 26, 7, 25, tzinfo=UTC))),
        ("#called router is back 02:25", kinds.Called("router is back", datetime(2026, 11, 26, 7, 25, tzinfo=UTC))),
        ("#wait carrier until 12 dec", CARRIER),
        ("#wait for carrier until 12 dec", CARRIER),
        ("#wait the port of ticket #41 in 3 days", kinds.Wait("the port of ticket #41", date(2026, 11, 29))),
        ("#wait carrier bis 12.12.", CARRIER),
        ("#wait carrier bis zum 12. Dezember", CARRIER),
        ("#wait carrier jusqu'au 12 d\u00e9cembre", CARRIER),
        ("#wait carrier hasta el 12 de diciembre", CARRIER),
        ("#wait carrier for 2w", kinds.Wait("carrier", date(2026, 12, 10))),
        ("#tenant acme", kinds.SetTenant("acme")),
        ("#tenant “Acme Foods”", kinds.SetTenant("acme-foods")),
        ("#tenant dental", kinds.SetTenant("acme")),
        ("#tenant Zenith Sarl", kinds.SetTenant("zenith")),
        ("#merge 41", kinds.Merge(41)),
        ("#merge with #41.", kinds.Merge(41)),
        ("#for jane@acme.example", kinds.For(JANE)),
        ("#for jane@acme.example<mailto:jane@acme.example>", kinds.For(JANE)),
        ("#for Jane Park <jane@acme.example>", kinds.For(JANE)),
        ("#new for jane@acme.example", kinds.New(JANE)),
        ("#allow jane@acme.example", kinds.Allow(JANE)),
        ("#mute 1d", Mute(NOW + timedelta(days=1))),
        ("#mute for 2 hours", Mute(NOW + timedelta(hours=2))),
        ("#mute until 5 pm", Mute(datetime(2026, 11, 26, 22, tzinfo=UTC))),
        ("#away until mon", Away(datetime(2026, 11, 30, 5, tzinfo=UTC))),
        ("#why", kinds.Why()),
        ("#why jane@acme.example", kinds.Why(JANE)),
        ("#why jane@acme.example monday", kinds.Why(JANE, date(2026, 11, 23))),
        ("#why yesterday", kinds.Why("", date(2026, 11, 25))),
        ("#playbook register", kinds.SetPlaybook(Playbook.PHONE_REGISTRATION)),
        ("#playbook port in", kinds.SetPlaybook(Playbook.PORT_IN)),
        ("#playbook voicemail", kinds.SetPlaybook(Playbook.VOICEMAIL_EMAIL)),
    ],
)
def test_each_command(line: str, command: Command) -> None:
    orders = parse(line, DANA)
    assert orders.problems == ()
    assert orders.commands == (command,)
    assert orders.text == ""


@pytest.mark.parametrize(
    "text",
    [
        "#Close",
        "#CLOSE",
        "#close.",
        "#close !",
        "\n\n \n#close\n\n",
        "\r\n#close\r\n",
        "\u200b#close",
        "\ufeff\xa0 #close\xa0",
        "#\u200bclo\u200bse",
        "\uff03close",
        "#\ufe0f\u20e3close",
        "\u2022 #close",
        "- #close",
        "* #close",
        "*#close*",
        "\u201c#close\u201d",
        '"#close"',
        "#close\n#close",
        "#close #Close",
    ],
)
def test_what_a_telephone_does_to_it_is_forgiven(text: str) -> None:
    assert parse(text, DANA).commands == (CLOSE,)


@pytest.mark.parametrize(
    "text",
    [
        "#take #severity high\n{}",
        "#take\n#severity high\n{}",
        "#take, #severity high\n\n{}",
        "#take; #severity: high\n{}",
        "#take and #severity high.\n \n{}",
        "\u2022 #take\n\u2022 #severity \u201chigh\u201d\n\n{}",
    ],
)
@pytest.mark.parametrize(
    "below", ["Hi Jane,\n\n> it rings\nGood. #1 is done, too.\n#close the lid  ", "Thanks!\n#close"]
)
def test_several_commands_and_text_do_both_and_the_text_stays_as_it_is(text: str, below: str) -> None:
    orders = parse(text.format(below), DANA)
    assert (orders.commands, orders.text) == ((TAKE, HIGH), below)


@pytest.mark.parametrize(
    "text",
    [
        "Hi Jane,\n#close",
        "  It works again.  \n\n",
        "> does it ring?\nYes.\n#close",
        "> #close",
        " > #close\n",
        "1. #close",
        "close",
        "",
    ],
)
def test_all_else_is_text_and_stays_as_it_is(text: str) -> None:
    orders = parse(text, DANA)
    assert (orders.steps, orders.text) == ((), text)


@pytest.mark.parametrize(
    ("line", "nearest"),
    [
        ("#colse", "#close"),
        ("#severty high", "#severity high"),
        ("#1 priority for us is that you are back", ""),
        ("#urgent", "#severity high"),
        ("#resolved", "#close"),
        ("# heading", ""),
        ("# close", "#close"),
        ("# Colse", "#close"),
        ("##close", "#close"),
        ("#blessed", ""),
        ("#", ""),
        ("#take#close", ""),
        ("\u201c#1\u201d is what she said", ""),
    ],
)
def test_a_line_with_a_hash_that_is_no_command_stops_the_mail(line: str, nearest: str) -> None:
    assert problem(f"{line}\nHi Jane")[1] == nearest
    orders = parse(f"#take\n{line}\nHi Jane", DANA)
    assert (orders.commands, orders.text) == ((), "")


@pytest.mark.parametrize(
    ("line", "nearest"),
    [
        ("#close Thanks Jane", ""),
        ("#close?", ""),
        ("#severity", ""),
        ("#severity hgih", "high"),
        ("#severity urgent", ""),
        ("#assign bbo", "bob"),
        ("#assign me", "#take"),
        ("#assign", ""),
        ("#tenant acne", "acme"),
        ("#tenant sarl foods", "acme-foods"),
        ("#merge", "#merge 41"),
        ("#merge 41 42", "#merge 41"),
        ("#merge 0", "#merge 41"),
        ("#merge 99999999999999999999", "#merge 41"),
        ("#for jane", "#for jane@acme.example"),
        ("#for jane@acme.example tom@acme.example", "#for jane@acme.example"),
        ("#for jane@acme.example<mailto:eve@evil.example>", "#for jane@acme.example"),
        ("#allow", "#allow sam@acme.example"),
        ("#wait carrier", "#wait carrier until 12 dec"),
        ("#wait until 12 dec", "#wait carrier until 12 dec"),
        ("#wait", "#wait carrier until 12 dec"),
        ("#wait carrier until thrusday", "thursday"),
        ("#mute", ""),
        ("#mute 0d", ""),
        ("#mute 2 years", ""),
        ("#away until 25 nov", ""),
        ("#why jane", "#why jane@acme.example monday"),
        ("#why jane@acme.example tomorrow", ""),
        ("#playbook port", ""),
        ("#playbook voicmail_email", "voicemail_email"),
        ("#called 25:10", ""),
        ("#note", ""),
        ("#note  \n\n", ""),
        (f"#tenant {'x' * 10_000}", ""),
        (f"#wait {'x ' * 5_000} until 12 dec", ""),
        ("#tenant '; drop table ticket; --", ""),
        ("#assign ../../etc/passwd {{ 7 * 7 }} $(id)", ""),
    ],
)
def test_a_value_that_cannot_be_read_stops_the_mail(line: str, nearest: str) -> None:
    assert problem(line)[1] == nearest
    assert parse(f"{line}\n#take", DANA).commands == ()


def test_a_name_that_two_have_is_asked_back_with_both() -> None:
    assert problem("#playbook port")[0] == '"port" could be port_in or port_out'


@pytest.mark.parametrize(
    "text",
    [
        "#close #reopen",
        "#close\n#wait carrier until 12 dec",
        "#severity high #severity low",
        "#assign bob #take",
        "#take\n#assign bob",
        "#tenant acme #tenant zenith",
        "#merge 41 #merge 42",
        "#mute 1d #mute 2d",
        "#undo #close",
        "#spam #reopen",
        "#spam #wait carrier until 12 dec",
        "#spam\nHi Jane",
    ],
)
def test_what_cannot_both_be_meant_stops_the_mail(text: str) -> None:
    problem(text)


def test_what_may_stand_twice() -> None:
    both = "#allow jane@acme.example #allow sam@acme.example"
    assert parse(both, DANA).commands == (kinds.Allow(JANE), kinds.Allow("sam@acme.example"))


@pytest.mark.parametrize("command", ["#note", "#called 09:00"])
@pytest.mark.parametrize(
    "more", [" she is furious", "\nshe is furious", "\n\nshe is furious", ":\n\n \nshe is furious"]
)
def test_all_words_of_a_private_mail_stay_with_us_however_programs_wrap_them(command: str, more: str) -> None:
    orders = parse(f"#take\n{command}{more}\nand wants\n\n> her quoted words\nmoney back\n#close", DANA)
    kept = orders.commands[1]
    assert isinstance(kept, (kinds.Note, kinds.Called))
    assert kept.text == "she is furious\nand wants\n\n> her quoted words\nmoney back\n#close"
    assert orders.text == ""


def test_commands_below_a_note_are_commands() -> None:
    assert parse("#note all is well\n#close", DANA).commands == (kinds.Note("all is well"), CLOSE)
    assert parse("#note all is well #close", DANA).commands == (kinds.Note("all is well"), CLOSE)


def test_a_hash_within_a_note_is_a_part_of_it_but_for_what_looks_like_a_command() -> None:
    text = "see #41, ext #5 and #Yealink, C# too"
    assert parse(f"#note {text}", DANA).commands == (kinds.Note(text),)
    assert problem("#note all is well #colse") == ("this is no command", "#close")


def test_what_stands_below_a_quotation_is_not_acted_on() -> None:
    """A program that wraps a quoted line may leave its end without a mark: then the customer would command."""
    wrapped = "> please tell me how I can get the hash tag to\n#close\n"
    assert problem(wrapped) == ("it stands below a quotation; commands stand above all else", "")


def test_a_quotation_alone_below_commands_is_no_text() -> None:
    assert parse("#close\n\n> does it ring?\n", DANA).text == ""


def test_more_commands_than_anybody_writes_stop_the_mail() -> None:
    assert "more than 40" in problem("\n".join(f"#allow a{n}@acme.example" for n in range(50)))[0]


@pytest.mark.parametrize("text", ["send", "Send", " send. ", "\nSEND!\n", "#send", "\u201csend\u201d", "\u200bsend"])
def test_the_word_that_lets_a_held_mail_go(text: str) -> None:
    assert says_send(text)


@pytest.mark.parametrize("text", ["", "send it", "do not send", "sent", "> send", "ok\nsend", "#take\nsend", "send?"])
def test_any_other_word_lets_nothing_go(text: str) -> None:
    assert not says_send(text)


def test_the_transcript_says_line_by_line_what_was_read_and_what_to_do() -> None:
    orders = parse("#take\n#severty high\n#wait carrier until fri\nHi Jane", DANA)
    assert transcript(orders, CLOCK) == (
        "I could not read all of your mail, so nothing of it was done, and the customer got nothing.",
        "",
        "✓ #take: understood, make the ticket yours.",
        "✗ #severty high: this is no command. Did you mean #severity high?",
        "✓ #wait carrier until fri: understood, wait for carrier until Fri, Nov 27.",
        "",
        "Please write it again with the right words; #help sends you all of them.",
        'Is it text? Answer "send": the words from "Hi Jane" on go to the customer, and no command is done or sent.',
    )


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("#1 priority is the phones", "#1 priority is the phones"),
        ("#wait until tomorrow", ""),
        ("# reopen", ""),
        ("#colse\n#snooze 1d", ""),
        ("#colse\n\n> does it ring?\n", ""),
        ("#colse\nHi Jane,\n\n#1 is done.", "Hi Jane,\n\n#1 is done."),
        ("#1 is done.\n#colse\nBye", "#1 is done.\n#colse\nBye"),
        ("Hi Jane\n#close\nBye", "Hi Jane\nBye"),
        ("#noet she is furious\nHi Bob", ""),
        ("#close #memo she is furious\nHi Bob", ""),
        ("She is furious\n#note", ""),
        ("#called 25:99 she is furious\nHi Bob", ""),
    ],
)
def test_as_text_goes_what_nobody_meant_as_a_command_or_for_his_own_people(written: str, left: str) -> None:
    assert parse(written, DANA).as_text == left


def test_the_transcript_offers_to_send_nothing_of_commands_alone() -> None:
    assert "send" not in transcript(parse("#note she is furious\n#colse", DANA), CLOCK)[-1].split('"')


@pytest.mark.parametrize("text", ["#mute 1x", "#away 1x"])
def test_a_length_that_cannot_be_read_is_told_how_lengths_are_written(text: str) -> None:
    assert problem(text)[0].endswith('or how long: "1d" or "2 hours"')


def test_there_is_no_transcript_where_all_was_read() -> None:
    assert transcript(parse("#close\nHi", DANA), CLOCK) == ()


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=COMMANDS)
def test_the_help_shows_each_command_as_it_can_be_written(kind: type[Command]) -> None:
    """On the moment of the test, that is: dates of the examples come and go."""
    orders = parse(kind.example, DANA)
    assert [type(command) for command in orders.commands] == [kind]
    assert orders.commands[0].does(CLOCK)
    assert sum(line.startswith(f"{kind.example} ") and kind.summary in line for line in help_lines()) == 1


def test_an_agent_hears_of_his_own_tenants_only() -> None:
    tenants = (Tenant(id="acme", name="Acme Dental"), Tenant(id="acme-foods", name="Acme Foods"))
    dana, bob = Agent(id="dana", name="Dana Fox", tenants=("acme",)), Agent(id="bob", name="Bob Stone")
    rules = Rules(partner=Partner(zone=NEW_YORK, country="us"), tenant=tenants, agent=(dana, bob))
    of_dana, of_bob = Moment.of(dana, rules, NOW), Moment.of(bob, rules, NOW)
    assert parse("#tenant foods\n#assign stone\n#wait x until 12/5", of_bob).commands == (
        kinds.SetTenant("acme-foods"),
        kinds.Assign("bob"),
        kinds.Wait("x", date(2026, 12, 5)),
    )
    [problem_] = parse("#tenant foods", of_dana).problems
    assert (problem_.text, problem_.nearest) == ('"foods" is no tenant; it can be acme', "")


def test_what_is_confirmed_and_what_can_be_undone() -> None:
    """Merging across customers, change of customer and outsiders are confirmed; state is undoable."""
    confirmed = {word: kind.care for word, kind in COMMANDS.items() if kind.care}
    assert confirmed == {
        "tenant": {Care.ANOTHER_CUSTOMER},
        "merge": {Care.ANOTHER_CUSTOMER},
        "for": {Care.ANOTHER_CUSTOMER, Care.OUTSIDER},
        "new": {Care.OUTSIDER},
        "allow": {Care.OUTSIDER},
        "vendor": {Care.VENDOR},
        "incident": {Care.MANY},
    }
    not_undoable = {word for word, kind in COMMANDS.items() if not kind.undoable}
    assert not_undoable == {
        *("note", "ok", "new", "open", "mine", "show", "answer", "why", "help", "undo", "vendor", "incident")
    }


@pytest.mark.parametrize(
    ("written", "command"),
    [
        ("open calls fail\nWe look into it.", OnIncident(OPEN, "calls fail\nWe look into it.")),
        ("open: #1012-15, #1040 911 calls fail", OnIncident(OPEN, "911 calls fail", (1012, 1013, 1014, 1015, 1040))),
        ("Open #1012 and #1013\ncalls fail", OnIncident(OPEN, "calls fail", (1012, 1013))),
        ("open", OnIncident(OPEN)),
        ("add 12-14 40, 41 and #43", OnIncident(ADD, "", (12, 13, 14, 40, 41, 43))),
        ("add 1012-15", OnIncident(ADD, "", (1012, 1013, 1014, 1015))),
        ("add", OnIncident(ADD)),
        ("3 add 1012", OnIncident(ADD, "", (1012,), 3)),
        ("#3 update\n\nIt takes an hour.", OnIncident(UPDATE, "It takes an hour.", (), 3)),
        ("update 12-31 phones are back", OnIncident(UPDATE, "12-31 phones are back")),
        ("resolve", OnIncident(RESOLVE)),
        ("remove 1012", OnIncident(REMOVE, "", (1012,))),
    ],
)
def test_of_an_incident_the_step_the_tickets_and_the_words_are_read(written: str, command: OnIncident) -> None:
    orders = parse(f"#incident {written}", DANA)
    assert (orders.commands, orders.text) == ((command,), "")


@pytest.mark.parametrize(
    ("written", "text", "nearest"),
    [
        ("", "open, add, update or resolve", "#incident open calls to mobile phones fail"),
        ("resolved", '"resolved" is nothing that can be done', "#incident resolve"),
        ("1012 1013", "open, add, update or resolve", "#incident open calls to mobile phones fail"),
        ("add all of them", "numbers of tickets, and nothing else", "#incident add 12-31 40"),
        ("add 31-12", '"31-12" is no span', ""),
        ("add 1-99999", "is no span", ""),
    ],
)
def test_what_is_not_clear_of_an_incident_is_told_with_the_nearest(written: str, text: str, nearest: str) -> None:
    [problem_] = parse(f"#incident {written}", DANA).problems
    assert text in problem_.text
    assert problem_.nearest == nearest


def test_no_word_below_an_incident_reaches_the_customer_of_a_ticket() -> None:
    orders = parse("#incident update\nHello all,\n#3 is over.\n\nDana", DANA)
    assert (orders.text, orders.as_text) == ("", "")
    assert orders.commands == (OnIncident(UPDATE, "Hello all,\n#3 is over.\n\nDana"),)


def test_a_vendor_is_named_unless_there_is_one_and_all_words_are_for_it() -> None:
    alone = replace(DANA, vendors=DANA.vendors[:1])
    assert parse("#vendor carrier\nPlease look.\n\nThanks", DANA).commands == (
        ToVendor("carrier", "Please look.\n\nThanks"),
    )
    assert parse("#vendor PBX Works", DANA).commands == (ToVendor("pbx"),)
    assert parse("#vendor carrier please look\nIt fails.", DANA).commands == (
        ToVendor("carrier", "please look\nIt fails."),
    )
    assert parse("#vendor\nIt fails.", alone).commands == (ToVendor("carrier", "It fails."),)
    assert parse("#vendor it still fails", alone).commands == (ToVendor("carrier", "it still fails"),)
    assert parse("#vendor carrier\n#wait carrier until fri\nIt fails.", DANA).text == ""


def test_a_vendor_that_is_not_clear_is_told_with_the_nearest() -> None:
    alone = replace(DANA, vendors=DANA.vendors[:1])
    assert parse("#vendor carier", alone).problems[0].nearest == "carrier"
    assert "it can be carrier or pbx" in parse("#vendor the one", DANA).problems[0].text
    assert parse("#vendor\nIt fails.", DANA).problems[0].text == "it needs a vendor: carrier or pbx"
    assert "lists no [[vendor]]" in parse("#vendor", replace(DANA, vendors=())).problems[0].text
