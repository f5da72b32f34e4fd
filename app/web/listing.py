"""What a list's address asks for: which page, which words."""

import unicodedata

from flask import request

MAX_SEARCH = 100


def asked_page() -> int:
    """From 1; anything that is no number is the first page."""
    return request.args.get("page", 1, type=int)


def asked_search() -> str:
    """The words to look for, without characters that nobody can see: they come from copying, and would find nothing."""
    text = "".join(c for c in request.args.get("q", "") if unicodedata.category(c)[0] != "C")
    return text.strip()[:MAX_SEARCH]
