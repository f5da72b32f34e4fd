"""Personal values as people may see them without a reason: enough to tell two apart, too little to call anybody."""

from app.imports.leads.keys import normal_mail, normal_phone

DOTS = "•••"


def masked_phone(text: str) -> str:
    """The last two digits."""
    digits = normal_phone(text) or "".join(c for c in text if c.isdigit())
    return f"{DOTS} {digits[-2:]}" if len(digits) > 3 else (DOTS if text else "")


def masked_mail(text: str) -> str:
    """First letters of both sides, and the ending."""
    mail = normal_mail(text)
    if not mail:
        return DOTS if text else ""
    local, _, domain = mail.partition("@")
    return f"{local[0]}{DOTS}@{domain[0]}{DOTS}.{domain.rpartition('.')[2]}"


def masked_name(text: str) -> str:
    """First letters."""
    return " ".join(f"{word[0]}{DOTS}" for word in text.split()[:3])
