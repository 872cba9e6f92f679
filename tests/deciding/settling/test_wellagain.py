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
Yes thank you, everything works
yes it is
Yes it does, thanks a lot
Yes it's back
We're good here thanks
No problems here any more
no more problems, thanks
Good morning Mr. Lind, / yes, all fine. / Jane
Sehr geehrte Damen und Herren, / ja, alles funktioniert wieder. / Mit freundlichen Grüßen / Jane Roe
Guten Tag Frau Berger, alles wieder in Ordnung. / Jane Roe
Ja, vielen Dank für die schnelle Hilfe
Keine Probleme mehr
Le service est rétabli, merci
Aucun souci
Estimados señores: / Sí, todo funciona. / Atentamente / Jane Roe
Sin problemas
Voltou ao normal
Sem problemas
Yes / Jane Roe / Office Manager / +1 212 555 0142
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
Works in the morning
Call back today
I am back in the office today
Back on Monday
Working but slow
Mostly
Worse than before
No problem
Oh sure, everything is just great, as always
Ist wieder nicht da
Voltou, mas caiu de novo
Yes / Jane Roe / The lobby phone is dead / +1 212 555 0142
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
Nothing works
Great, now nothing works at all
Yes, but line 2 is still dead
The phones work but the app doesn't
Working? No
It no longer works, not even for us
Na toll, jetzt geht gar nichts mehr
Ja, aber das Fax geht noch nicht
bei mir geht nix
Rien ne marche
Oui mais la ligne 2 est toujours coupée
Sí, pero la línea 2 sigue sin tono
Nada funciona
Continua sem funcionar
Sim, mas o ramal 205 ainda está mudo
""".strip().splitlines()
NOT_NO = """
No problem, thanks
No issues
No more issues, thanks
No more problems
Yes
Kein Problem mehr
Aucun souci
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
