"""The programs, by name, the servers that their providers send from, and what their users type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.clients import android, apple, gmail, outlook, thunderbird
from tests.clients.composing import Bullets, File, Paragraph, Pasted, Person, Program, Words, Written

_SCREEN = (Path(__file__).parent.parent / "reading" / "written" / "screen.png").read_bytes()
AT = datetime(2026, 11, 23, 15, 12, tzinfo=UTC)

HELLO = Paragraph((Words("Hello Jane,"),))
MUSIC = Paragraph(
    (
        Words("the music is under "),
        Words("Settings", bold=True),
        Words(", Sounds – any MP3 will do, Grüße und 🎵 inclusive. Please do this in order:"),
    )
)
STEPS = Bullets(
    ((Words("Press "), Words("Upload", bold=True), Words(" and choose the file")), (Words("Wait for the green mark"),))
)
PAGE = Paragraph(
    (Words("More is on "), Words("our page", url="https://help.harborvoice.example/music?phone=t54"), Words("."))
)
BYE = Paragraph((Words("Best wishes"),))
SCREEN = Pasted("image.png", _SCREEN, 420, 120)
PLAN = File("Büro-Plan.pdf", "application/pdf", b"%PDF-1.4\n% a plan of the office\n%%EOF\n")

RICH = Written((HELLO, MUSIC, STEPS, SCREEN, PAGE, BYE), (PLAN,))
PICTURED = Written((HELLO, MUSIC, STEPS, SCREEN, BYE))
TYPED = Written((HELLO, MUSIC, STEPS, PAGE, BYE), (PLAN,))
SHORT = Written((Paragraph((Words("Done – it rings for "), Words("40 seconds", bold=True), Words(" now 👍"))),))
BETWEEN = Written(
    (BYE,),
    between=(
        ("change the music", "Under Settings, Sounds – any MP3 will do, Grüße und 🎵 inclusive."),
        ("ring longer", "Yes: it rings for 40 seconds now."),
    ),
)


@dataclass(frozen=True)
class Used:
    """A program in use: by whom, from which server, and what is typed."""

    program: Program
    host: str
    written: Written = RICH
    trace: tuple[str, ...] = ()

    def person(self, name: str) -> Person:
        return Person("Dana Ortiz", f"dana@{name}.agents.example", "+1 212 555 0190", AT)


PROGRAMS: dict[str, Used] = {
    "gmail-web": Used(
        gmail.web,
        "mail-ej1-f52.google.agents.example",
        trace=(
            "X-Google-DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=1e100.net; s=20230601; bh=x; b=y",
            "X-Gm-Message-State: AOJu0YxDanaOrtiz",
            "X-Received: by 2002:a17:907:3da1 with SMTP id he33; Mon, 23 Nov 2026 07:12:00 -0800 (PST)",
        ),
    ),
    "gmail-android": Used(gmail.android, "mail-yw1-f45.google.agents.example", SHORT),
    "outlook-windows": Used(
        outlook.windows,
        "smtp.agents.example",
        trace=("Received: from DANAPC (host-23.isp.example [198.51.100.23]) by smtp.agents.example with ESMTPSA",),
    ),
    "outlook-web": Used(outlook.web, "mail-db9.outbound.agents.example"),
    "outlook-telephone": Used(outlook.telephone, "mail-vi1.outbound.agents.example", PICTURED),
    "apple-mac": Used(
        apple.mac,
        "smtp.agents.example",
        trace=(
            "Received: from smtpclient.apple (dyn-198-51-100-24.isp.example [198.51.100.24]) by smtp.agents.example",
        ),
    ),
    "apple-iphone": Used(apple.iphone, "smtp.agents.example", PICTURED),
    "thunderbird": Used(
        thunderbird.below,
        "smtp.agents.example",
        trace=("Received: from [192.168.7.9] (port 50112) by smtp.agents.example with esmtpsa",),
    ),
    "thunderbird-between": Used(thunderbird.between, "smtp.agents.example", BETWEEN),
    "k9": Used(android.k9, "smtp.agents.example", TYPED),
    "samsung": Used(android.samsung, "smtp.agents.example", SHORT),
}
