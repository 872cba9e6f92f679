"""Whether all is well again, in five languages: a yes says nothing else, and a no is heard."""

from __future__ import annotations

import pytest

from mailbot.deciding.settling.wellagain import is_not_well, is_well
from mailbot.reading.model import Mailbox, Message

YES = """
Yes
yes.
Yes, all good now, thanks!
Yes, it works again.
Hi Dana, yes everything is fine again. Best regards / Jane Roe
works again
All phones are working now
Back to normal, thank you very much
we are up and running again
Everything resolved.
Yep, calls work
Ja
Ja, alles wieder gut. Danke!
Ja, funktioniert wieder
Es geht wieder, vielen Dank
alles in Ordnung
Guten Tag, ja bei uns läuft alles wieder. Viele Grüße / Jane Roe
Läuft!
Oui
Oui, tout fonctionne à nouveau, merci
Tout est rentré dans l'ordre
C'est bon, merci beaucoup
Bonjour, oui ça marche. Cordialement / Jane
Sí
Sí, ya funciona todo. Gracias
todo vuelve a funcionar
Todo bien ahora
Sim
Sim, está tudo certo agora, obrigada
Já voltou a funcionar
Tudo bem de novo
""".strip().splitlines()
OTHERS = """
No
Yes but the fax does not work
Yes, and can you also add an extension
Is it working?
Is it working
Has it been resolved
Are our phones back to normal
It works for some of us
Call back
Please call me back
Not yet
Nothing works
5 phones work
Yes, please send the report
Our phones work since you asked, except the lobby
Ja, aber das Fax geht nicht
Nein, geht noch nicht
Es geht so
Non, toujours pas
Oui mais les appels sont coupés
No, todavía no funciona
Sí, pero se corta
Não, ainda não
Thanks
ok we will test tomorrow and tell you
What was it
""".strip().splitlines()
NO = """
No
No, still nothing
Nope. Same as before.
It is still not working
We cannot call anybody yet
Still down here!
Nein, leider nicht
Noch immer keine Anrufe
Bei uns geht es noch nicht
Non, toujours la même chose
Ça ne marche toujours pas
No, sigue igual
Todavía no funciona
Não, continua igual
Ainda não funciona
""".strip().splitlines()
NOT_NO = """
No problem, thanks
No issues
No more issues, thanks
No more problems
Yes
Kein Problem mehr
Which number shall we use?
You can close it
Can you send us the report?
Thank you, we will see
""".strip().splitlines()


def message(text: str) -> Message:
    text = text.replace(" / ", "\n")
    return Message(text=text, reply_text=text, sender=Mailbox("Jane Roe", "jane@acme.example"))


@pytest.mark.parametrize("text", YES)
def test_a_yes_says_that_all_is_well_and_nothing_else(text: str) -> None:
    assert is_well(message(text))
    assert not is_not_well(message(text))


@pytest.mark.parametrize("text", OTHERS)
def test_anything_else_is_no_yes(text: str) -> None:
    assert not is_well(message(text))


@pytest.mark.parametrize("text", NO)
def test_a_no_is_heard(text: str) -> None:
    assert is_not_well(message(text))
    assert not is_well(message(text))


@pytest.mark.parametrize("text", NOT_NO)
def test_what_is_no_no_is_none(text: str) -> None:
    assert not is_not_well(message(text))
