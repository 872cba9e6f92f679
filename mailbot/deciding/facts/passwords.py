"""Passwords, PINs and the like in what people write: no vendor gets one, whoever wrote it and however.

What merely speaks of a password ("the password was changed") is none. A word too many costs an agent a question, a
word too few a customer's account, so what stands beside such a word and could be a secret is taken for one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from mailbot.deciding.words import clean

_NAMED = (
    r"(?<![a-z])(?:p[a@]ss[\W_]?w[o0]rd|p[a@]ss[\W_]?w[o0]rt|kenn[\W_]?wort|pass(?:code|phrase|wd|e)?|pwd?|p\.?w\.?"
    r"|pins?|puk|personal identification number|geheimzahl|zugangs(?:code|daten)|sicherheitscode|secret|geheimnis"
    r"|mots? de passe|mdp|codes? (?:pin|secret|confidentiel|d.acces)|contrasenas?|claves?|senhas?|palavras?[ -]passe"
    r"|codigos? de (?:acceso|acesso|seguridad|seguranca)|credentials?|credenciales|credenciais|identifiants"
    r"|(?:api|access|auth)[ _-]?(?:key|token)|login data)(?:s|es|s'|'s)?(?![a-z])"
)
_WORD = re.compile(_NAMED)
_MARK = r"[\s\"'`*_<>()\[\]]{0,10}"
_GIVEN = re.compile(
    _NAMED
    + r"(?:[^\n:=]{0,40}?[:=]+" + _MARK + r"\S"  # "password for 204: hunter2"
    + r"|[^\n]{0,60}?[\"'`\u201c\u201e\u00ab]\S{1,40}[\"'`\u201d\u00bb]"  # password "hunter2"
    + r"|(?:\W{1,5}\w{1,20}){0,6}?\W{1,5}(?=\S{0,40}\d)[^\s,;]{3,40}"  # PIN of the box is 4821
    + r"|(?:\W{1,5}\w{1,20}){0,4}?\W{1,5}(?:is|was|be|are|to|now|ist|lautet|war|sind|est|sont|es|son|era|e|sao|->|=>)"
    + r"\W{1,5}(?P<value>\S{1,40}))"
)  # fmt: skip
_BEFORE = re.compile(r"(?<!\S)(?=\S{0,40}\d)\S{4,40}\W{1,5}(?:\w{1,20}\W{1,5}){0,3}?" + _NAMED)
_SLASHED = re.compile(r"(?<![a-z])(?:user(?:name)?|login|benutzer|usuario|utilisateur)\W{0,3}" + _NAMED)
_BELOW = re.compile(_NAMED + r"[^\n]{0,40}[:=]" + _MARK + r"$")
_SAYS_NOTHING = frozenset(
    """
    a again all also already always an and asked back been being bereits blank changed correct correcta correcto
    correcte correto den der die different do done due eine empty erneut expired falsch falsche fine from geandert
    given good gut he here his how i if in incorrect incorrecta incorrecto incorreta incorrecte invalid invalida
    it its korrekt known la le leer long lost mauvais missing my needed never new nicht no non not nouveau now of
    ok okay on once one or our out pas por que refused rejected required reset richtig right same saved sent set
    she so still that the their them there they this to too unchanged unknown un una une unbekannt ungultig used
    valid very vergessen was we weg what when which with working works wrong you your zuruckgesetzt
    """.split()
)


def secret_lines(text: str) -> frozenset[int]:
    """Return the numbers, from 0, of the lines of a text that hold what may be a password or a PIN."""
    found: set[int] = set()
    below = False
    for number, line in enumerate(text.split("\n")):
        said = folded(line)
        if not said.strip():
            continue
        if below or _is_given(said):
            found.add(number)
        below = bool(_BELOW.search(said))
    return frozenset(found)


def speaks_of_secrets(line: str) -> bool:
    """Return whether a line names a password or a PIN at all: no fact is taken from one."""
    return _WORD.search(folded(line)) is not None


def without_secrets(text: str, instead: str) -> str:
    """Return a text with `instead` in the place of each line that may hold a password or a PIN."""
    hidden = secret_lines(text)
    return "\n".join(instead if number in hidden else line for number, line in enumerate(text.split("\n")))


def folded(text: str) -> str:
    """Return a text without case, accents, and characters that cannot be seen."""
    bare = unicodedata.normalize("NFKD", clean(text).casefold())
    return "".join(one for one in bare if not unicodedata.combining(one))


def _is_given(said: str) -> bool:
    if _BEFORE.search(said) or (_SLASHED.search(said) and _WORD.search(said)):
        return True
    return any(value is None or value not in _SAYS_NOTHING for value in _values(said))


def _values(said: str) -> Iterator[str | None]:
    """Yield what may be the secret itself in a line, None where its form alone says that one is given."""
    for found in _GIVEN.finditer(said):
        value = found["value"]
        yield None if value is None else value.strip(".,;:!?\"'()")
