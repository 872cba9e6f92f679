"""A first line that is a command but for its "#" is none, and no words for a customer either."""

from __future__ import annotations

import pytest

from mailbot.deciding.agents.commands import bare_command
from tests.deciding.agents.agent_mail import DANA

MEANT = """
note she owes us money
Note: she owes us money, Bob please handle
internal: do not tell her
note
3 note she is on holiday
take
Take.
close
1 close
3, 5 close
2 show
take 3 5 9
undo
spam
help
mine
send
add
Add!
mute 1d
assign bob
severity high
away until mon
wait carrier until 12 dec
called told her to press one
merge 41
"""
WORDS = """
Wait 5 minutes and try again.
Wait for the green light, then press one.
Internal calls are free.
Close the app and open it again.
Take care
Take the handset off its base for 10 seconds.
Allow 24 hours for the number to move.
Open the settings.
Help is on its way.
Show her the second page.
Send me the number, please.
Add the number under Settings.
Answer the next call yourself.
Undo the last step.
Merge both lists.
Mute the phone with the red key.
Severity of the outage is unknown.
For example, press one.
Assign a PIN in the portal.
Why don't you restart it?
New handsets come on Friday.
3 lines are down at the carrier.
2 weeks
10:30 suits us.
1. Open the settings.
No
Yes
Hello Jane,
> close
Notes are under Settings.
"""


@pytest.mark.parametrize("line", [line for line in MEANT.splitlines() if line])
@pytest.mark.parametrize("below", ["", "\nHello Jane, all is well."])
def test_what_is_most_likely_meant_as_one(line: str, below: str) -> None:
    assert bare_command(f"\n{line}{below}", DANA) == line


@pytest.mark.parametrize("line", [line for line in WORDS.splitlines() if line])
def test_words_of_an_answer_are_none(line: str) -> None:
    assert bare_command(f"{line}\nclose", DANA) == ""


def test_a_long_note_is_one_as_well() -> None:
    assert bare_command("note " + "she is on holiday, and " * 100, DANA)


@pytest.mark.parametrize("text", ["", " \n\n", "#close", "> note that\nclose"])
def test_what_is_no_such_line(text: str) -> None:
    assert bare_command(text, DANA) == ""
