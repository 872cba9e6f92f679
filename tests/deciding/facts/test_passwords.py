"""A password or a PIN is seen in whichever form it is given; who merely speaks of one gives none."""

from __future__ import annotations

import pytest

from mailbot.deciding.facts.passwords import secret_lines, without_secrets


@pytest.mark.parametrize(
    "line",
    [
        *("password: hunter2", "Password = Zebra", "the password is hunter2", "PASSWORD hunter2", "pwd: abc"),
        *("pw abc123", "4821 is the PIN", 'password "zebra"', "credentials: 204 / zebra"),
        *("PIN is 4821", "pin 4821", "PIN: 4821", "Her voicemail PIN for 204 is 99812", "PIN code 0000"),
        *("user/pass: 204/xyz", "login 204 password xyz99", "passw0rd: letmein", "p@ssword: letmein"),
        *("SIP secret=abc", "API key: 9f8e7d", "passcode 771122", "passphrase: correct horse"),
        *("Kennwort: Sommer", "Das Passwort lautet Sommer12", "Paßwort: geheim", "Zugangsdaten: 204 / geheim"),
        *("Geheimzahl 4821", "mot de passe : soleil", "le mot de passe est soleil", "mdp: soleil", "code PIN 4821"),
        *("contraseña: perro", "CONTRASEÑA perro1", "la contraseña es perro", "clave: 4821", "clave de acceso = zorro"),
        *("senha: cachorro", "a senha é cachorro", "palavra-passe: gato", "código de acesso: 4821"),
        *("pass\u00adword: hunter2", "ｐａｓｓｗｏｒｄ： hunter2", "**Password:** hunter2", "Password\u00a0:\u00a0abc"),
    ],
)  # fmt: skip
def test_it_is_seen(line: str) -> None:
    assert secret_lines(f"Hello\n{line}\nThanks") == {1}


@pytest.mark.parametrize(
    "line",
    [
        *("The password was changed, and still nothing.", "Password reset done.", "They forgot their PIN."),
        *("The password is correct.", "Passwort ist richtig.", "Das Passwort wurde geändert.", "mot de passe oublié"),
        *(
            "la contraseña es correcta",
            "a senha está certa",
            "Let it pass through the firewall.",
            "They passed by at 9.",
        ),
        *("Spinning wheel on 4821", "Opinion: none", "Extension 204 calls +1 212 555 0142"),
    ],
)
def test_who_speaks_of_one_gives_none(line: str) -> None:
    assert secret_lines(line) == frozenset()


def test_one_that_stands_on_the_line_below_its_name_is_seen() -> None:
    text = "User: 204\nPassword:\n\nhunter2\nServer: sip.pbx.example"
    assert without_secrets(text, "…") == "User: 204\nPassword:\n\n…\nServer: sip.pbx.example"
