"""By what a sender sealed or signed a message, told by the types of its parts (RFC 1847, 3156, 8551; MS-OXORMMS)."""

from __future__ import annotations

from dataclasses import replace

from mailbot.reading.model import Protection, Role
from mailbot.reading.parts.opaque import Wrapping
from mailbot.reading.parts.structure import Part

PGP, SMIME, RIGHTS = "PGP", "S/MIME", "Microsoft rights management"
SEALED_BLOCK = "application/pgp-encrypted"
_SIGNATURES = {
    "application/pgp-signature": PGP,
    "application/pkcs7-signature": SMIME,
    "application/x-pkcs7-signature": SMIME,
}
_RIGHTS_TYPE, _RIGHTS_NAME = "application/x-microsoft-rpmsg-message", "message.rpmsg"
_OPAQUE_TYPES = {"signed-data": Wrapping.SIGNED, "enveloped-data": Wrapping.ENCRYPTED}
_OPAQUE_TYPES |= {"authenveloped-data": Wrapping.ENCRYPTED, "auth-enveloped-data": Wrapping.ENCRYPTED}


def seen(part: Part, before: Protection) -> Protection:
    """Return what is known of the message's protection once this part was looked at, too."""
    if part.type == "multipart/encrypted":
        by = SMIME if "pkcs7" in part.parameters.get("protocol", "").lower() else PGP
        return replace(before, encrypted=before.encrypted or by)
    if _has_rights(part):
        return replace(before, encrypted=before.encrypted or RIGHTS)
    if part.type in _SIGNATURES:
        return replace(before, signed=before.signed or _SIGNATURES[part.type])
    wrapping = _wrapping(part)
    if wrapping is Wrapping.ENCRYPTED:
        return replace(before, encrypted=before.encrypted or SMIME)
    if wrapping is Wrapping.SIGNED:
        return replace(before, signed=before.signed or SMIME, unreadable=before.unreadable or not part.children)
    return replace(before, unreadable=True) if wrapping is Wrapping.UNKNOWN else before


def role(part: Part) -> Role:
    """Return what a leaf is to the message: a file, unless it serves the protection."""
    if part.type in _SIGNATURES:
        return Role.SIGNATURE
    sealed = part.parent == "multipart/encrypted" or _has_rights(part) or part.wrapping is not None
    return Role.ENCRYPTED if sealed else Role.FILE


def _has_rights(part: Part) -> bool:
    return part.type == _RIGHTS_TYPE or part.filename.lower() == _RIGHTS_NAME


def _wrapping(part: Part) -> Wrapping | None:
    """Return what is around a wrapped message; what its octets do not tell, its type's parameter may."""
    if part.opaque and not part.type.startswith("multipart/"):
        return Wrapping.UNKNOWN
    if part.wrapping is not Wrapping.UNKNOWN:
        return part.wrapping
    return _OPAQUE_TYPES.get(part.parameters.get("smime-type", "").lower(), Wrapping.UNKNOWN)
