"""What letters begin and end with, in the languages of our customers: words that ask for nothing and tell nothing.

Alternatives of patterns over words as they are compared (`deciding.words`), for whoever looks at what else is said.
"""

from __future__ import annotations

GREETING = (
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|guten (?:morgen|tag|abend)|moin|servus|liebe[rs]?"
    r"|sehr geehrte[rs]?|bonjour|bonsoir|salut|hola|estimad[oa]s?|bue?n[oa]s? (?:dias?|tardes|noches)|ola|bom dia"
    r"|boa (?:tarde|noite)|prezad[oa]s?|ciao|buongiorno|goe?demorgen|beste)"
)
TITLE = r"(?:mrs?|ms|miss|dr|prof|herrn?|frau|madame|monsieur|mme|mlle|m|senora?|sra?|senhora?|don|dona)"
"""What stands before the name of whom one greets."""
ALL_OF_YOU = (
    r"(?:(?:the )?(?:support |service )?team|support|all|there|everybody|everyone|sirs?|madam|sirs? or madam|zusammen"
    r"|(?:damen und )?herren|damen|madame|monsieur|messieurs|mesdames|senor(?:es)?|senoras|senhor(?:es)?|senhoras"
    r"|equipe|equipo|a tou?s|a toutes|a tod[oa]s)"
)
"""Whom one greets without a name."""
FAREWELL = (
    r"(?:(?:best |kind |kindest |warm |many )?regards|best(?: wishes)?|(?:yours )?sincerely|yours (?:faithfully|truly)"
    r"|take care|bye"
    r"|(?:mit )?(?:freundlichen |besten |lieben |vielen |schonen )?grussen?|(?:viele |beste |liebe |schone )?grusse?"
    r"|gruss|mfg|vg|lg|cordialement|bien a vous|(?:un )?saludos?|atentamente|abraco|atenciosamente|cumprimentos|saluti"
    r"|met vriendelijke groe?t(?:en)?)"
)
