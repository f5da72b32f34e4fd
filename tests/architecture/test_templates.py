"""Rule 6: templates."""

import ast
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, nodes

from app.config import ROOT
from tests.architecture.conftest import Walked
from tests.architecture.findings import assert_none
from tests.architecture.pages import difference

_INLINE_SCRIPT = re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE)
_INLINE_ATTRIBUTE = re.compile(r"""<\w[^<>]*?\s(style|on[a-z]+|hx-on[\w:-]*)\s*=""", re.IGNORECASE)
_INLINE_STYLE = re.compile(r"<style\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    folder = ROOT / "templates"
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def does_not_compile(environment: Environment, sources: dict[str, str]) -> Iterator[str]:
    for name, source in sources.items():
        try:
            environment.from_string(source)
        except TemplateSyntaxError as exc:
            yield f"{name}:{exc.lineno}: {exc.message}"


def test_every_template_compiles_where_undefined_names_are_errors(app: Flask, sources: dict[str, str]) -> None:
    assert app.jinja_env.undefined is StrictUndefined
    assert app.jinja_env.autoescape is not False
    assert_none(does_not_compile(app.jinja_env, sources))


def test_a_template_that_does_not_compile_is_reported() -> None:
    found = does_not_compile(Environment(autoescape=True), {"bad.html": "{% if x %}", "worse.html": "{{ x | unknown_filter }}"})
    assert [line.partition(":")[0] for line in found] == ["bad.html", "worse.html"]


def unused_imports(sources: dict[str, str]) -> Iterator[str]:
    """Macros that a template imports and never calls."""
    for name, source in sources.items():
        tree = Environment(autoescape=True).parse(source)
        used = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
        for node in tree.find_all(nodes.FromImport):
            aliases = [pair if isinstance(pair, str) else pair[1] for pair in node.names]
            yield from (f"{name}:{node.lineno}: {alias}" for alias in aliases if alias not in used)
        yield from (f"{name}:{node.lineno}: {node.target}" for node in tree.find_all(nodes.Import) if node.target not in used)


def test_no_template_imports_what_it_does_not_use(sources: dict[str, str]) -> None:
    assert_none(unused_imports(sources))


def test_an_unused_import_is_reported() -> None:
    bad = '{% from "a.html" import used, unused %}\n{% import "b.html" as b %}\n{{ used() }}'
    assert list(unused_imports({"bad.html": bad})) == ["bad.html:1: unused", "bad.html:2: b"]


def inline(sources: dict[str, str]) -> Iterator[str]:
    """What the content security policy would stop, also in parts of a template that no page of a test shows."""
    for name, source in sources.items():
        if not name.endswith(".html") or name.startswith("email/"):
            continue
        html = _only_html(source)
        for pattern in (_INLINE_SCRIPT, _INLINE_STYLE, _INLINE_ATTRIBUTE):
            yield from (f"{name}: {match.group(0)[:80]}" for match in pattern.finditer(html))


def _only_html(source: str) -> str:
    """The template's own text, an ``x`` for each expression."""
    tree = Environment(autoescape=True).parse(source)
    return "".join(
        "x" if not isinstance(part, nodes.TemplateData) else part.data for part in tree.find_all((nodes.TemplateData, nodes.Name))
    )


def test_no_template_holds_inline_script_or_style(sources: dict[str, str]) -> None:
    assert_none(inline(sources))


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        '<script type="module">alert(1)</script>',
        "<style>p { color: red }</style>",
        '<p class="x" style="color: red">x</p>',
        '<p style="width: {{ width }}%">x</p>',
        '<button class="{{ kind }}" onclick="go()">x</button>',
        '<button hx-on:click="go()">x</button>',
    ],
)
def test_inline_script_and_style_are_reported(bad: str) -> None:
    assert len(list(inline({"bad.html": f"{{% block content %}}{bad}{{% endblock %}}", "good.html": '<script src="/a.js"></script>'}))) == 1


def unused(sources: dict[str, str], code: dict[str, ast.Module]) -> Iterator[str]:
    """Templates that no view renders and no template extends, includes or imports."""
    named = {
        node.value for tree in code.values() for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for name, source in sources.items():
        tree = Environment(autoescape=True).parse(source)
        folder = "email/" if name.startswith("email/") else ""  # mails have an environment of their own
        for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            named |= {folder + const.value for const in node.find_all(nodes.Const) if isinstance(const.value, str)}
    for name in sources:
        stem = name.rpartition(".")[0]
        # a mail is named by its stem: it has a text and perhaps an HTML form
        if name not in named and not (name.startswith("email/") and {stem, stem.removeprefix("email/")} & named):
            yield name


@pytest.fixture(scope="module")
def code() -> dict[str, ast.Module]:
    return {str(path): ast.parse(path.read_text()) for path in sorted((ROOT / "app").rglob("*.py"))}


def test_every_template_is_used(sources: dict[str, str], code: dict[str, ast.Module]) -> None:
    assert_none(unused(sources, code))


def test_a_template_that_nobody_uses_is_reported() -> None:
    code = {"view.py": ast.parse('def view(): return render_template("page.html")')}
    sources = {"page.html": '{% extends "base.html" if x else "bare.html" %}', "base.html": "", "bare.html": "", "orphan.html": ""}
    assert list(unused(sources, code)) == ["orphan.html"]


def test_no_two_templates_differ_in_case_only(sources: dict[str, str]) -> None:
    assert len({name.lower() for name in sources}) == len(sources)
    assert all(re.fullmatch(r"[a-z0-9_/]+\.(html|txt|css)", name) for name in sources), sorted(sources)


def test_each_part_is_what_its_page_shows(walked: Walked) -> None:
    """What htmx fetches and what a reload without JavaScript shows are the same."""
    assert_none(f"{part}: {problem}" for part, problem in walked.differences)


def test_a_part_that_differs_from_its_page_is_reported() -> None:
    page = '<main><section id="panel"><p>Two jobs</p></section></main>'
    assert difference(page, '<section id="panel">\n<p>Two jobs</p></section>'.replace("\n", ""), "panel") == ""
    assert "Three jobs" in difference(page, '<section id="panel"><p>Three jobs</p></section>', "panel")
    assert "no element" in difference(page, "<p>Two jobs</p>", "panel")
    assert "no element" in difference(page, '<section id="panel"></section>', "other")
