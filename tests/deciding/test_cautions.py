"""Requests by which accounts and numbers are taken over, in the languages that we have."""

from __future__ import annotations

import pytest

from mailbot import config
from mailbot.deciding.cautions import takeover_words
from mailbot.rules import Rules


@pytest.fixture(scope="module")
def rules() -> Rules:
    return config.load(None)


@pytest.mark.parametrize(
    "text",
    [
        "Please set the PIN of our voicemail to 2580.",
        "I forgot the password, can you send me a new one?",
        "Please port out our number to another carrier.",
        "We need our account number and transfer code for the move.",
        "Please activate the new SIM card for Bob.",
        "Forward all calls to my mobile from today.",
        "Please reset my voicemail, I cannot get in.",
        "We have new bank details for the direct debit.",
        "Bitte setzen Sie mein Passwort zurück.",
        "Wir möchten unsere Rufnummer mitnehmen.",
        "Bitte leiten Sie alle Anrufe auf mein Handy um.",
        "Bitte richten Sie eine Rufumleitung auf mein Handy ein.",
        "Bitte hinterlegen Sie unsere neue Bankverbindung.",
        "J'ai oublié mon mot de passe.",
        "Merci de renvoyer tous les appels vers mon portable.",
        "Nous voulons transférer notre numéro chez un autre opérateur.",
        "Voici nos nouvelles coordonnées bancaires.",
        "He olvidado la contraseña del buzón.",
        "Queremos pedir la portabilidad de la línea.",
        "Por favor, desvíen las llamadas a mi móvil.",
        "Esqueci a senha do correio de voz.",
        "Preciso redefinir a minha caixa postal.",
        "Preciso trocar os dados bancários.",
    ],
)
def test_they_are_known_by_their_words(rules: Rules, text: str) -> None:
    found = takeover_words(("", f"Hello,\n\n{text}\n\nKim"), rules)
    assert found
    assert found in text
    assert takeover_words((text, ""), rules) == found


@pytest.mark.parametrize(
    "text",
    [
        "All phones are down, nobody can call us.",
        "How do I change the music that callers hear while they wait?",
        "The phone on the second floor does not ring.",
        "Wie ändere ich die Ansage außerhalb der Öffnungszeiten?",
        "Le téléphone de l'accueil ne sonne plus.",
        "No podemos llamar a móviles.",
        "O telefone da recepção não toca.",
    ],
)
def test_usual_questions_have_none(rules: Rules, text: str) -> None:
    assert takeover_words(("", text), rules) == ""
