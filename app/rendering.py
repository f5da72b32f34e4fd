"""Mails as text and HTML: plain Jinja over templates/email, no request, no database."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "email"


@dataclass(frozen=True)
class RenderedMail:
    text: str
    html: str


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render_mail(template: str, context: dict[str, Any], *, public_url: str) -> RenderedMail:
    """Render ``<template>.txt`` and ``<template>.html``.

    :param public_url: where people reach the portal; templates build no links from anything else
    """
    values = {**context, "public_url": public_url.rstrip("/")}
    environment = _environment()
    return RenderedMail(
        text=environment.get_template(f"{template}.txt").render(values),
        html=environment.get_template(f"{template}.html").render(values),
    )
