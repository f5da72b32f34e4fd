"""What every page must be."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import html5lib
from bs4 import BeautifulSoup, Tag
from html5lib.constants import E as HTML5_ERRORS

NEEDS_NO_LABEL = {"hidden", "submit", "button", "image", "reset"}
_INLINE = re.compile(r"^on[a-z]+$|^hx-on", re.IGNORECASE)


@lru_cache(maxsize=1000)
def parsed(html: str) -> BeautifulSoup:
    """A page to look at, parsed once however many rules look at it. Nobody may change it."""
    return BeautifulSoup(html, "html.parser")


def problems_of(html: str, *, is_page: bool = True) -> list[str]:
    """What is wrong with a page, or with a part of one."""
    soup = parsed(html)
    found = [*_not_html5(html, is_page=is_page), *_doubled_ids(soup), *_dangling(soup), *_inline(soup), *_unlabelled(soup)]
    found += [*_forms(soup), *_nameless(soup), *_tables(soup)]
    return found + list(_heading(soup)) if is_page else found


def _not_html5(html: str, *, is_page: bool) -> Iterator[str]:
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(html) if is_page else parser.parseFragment(html)
    for (line, _), code, values in parser.errors:
        yield f"not HTML5, line {line}: {HTML5_ERRORS[code] % values}"


def _heading(soup: BeautifulSoup) -> Iterator[str]:
    headings = [" ".join(h.get_text(" ").split()) for h in soup.find_all("h1")]
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    if len(headings) != 1:
        yield f"{len(headings)} h1 instead of one"
    elif not title.startswith(headings[0]):
        yield f"the title “{title}” does not begin with the h1 “{headings[0]}”"
    if not (soup.html and soup.html.get("lang")):
        yield "html has no lang"
    if len(soup.find_all("main")) != 1:
        yield "not exactly one main"


def _doubled_ids(soup: BeautifulSoup) -> Iterator[str]:
    ids = Counter(str(e["id"]) for e in soup.find_all(id=True))
    yield from (f"id “{name}” stands there twice" for name, times in sorted(ids.items()) if times > 1)


def _dangling(soup: BeautifulSoup) -> Iterator[str]:
    ids = {str(e["id"]) for e in soup.find_all(id=True)}
    for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "list"):
        for element in soup.find_all(attrs={attribute: True}):
            for name in _text(element, attribute).split():
                if name not in ids:
                    yield f"{element.name} {attribute}: there is no id “{name}”"


def _inline(soup: BeautifulSoup) -> Iterator[str]:
    """What the content security policy stops."""
    yield from ("an inline script" for e in soup.find_all("script") if not e.get("src"))
    yield from ("an inline style sheet" for _ in soup.find_all("style"))
    for element in soup.find_all(True):
        for name, value in element.attrs.items():
            if name == "style" or _INLINE.match(name) or str(value).strip().lower().startswith(("javascript:", "js:")):
                yield f"{element.name} has {name}="


def _unlabelled(soup: BeautifulSoup) -> Iterator[str]:
    for element in soup.find_all(["input", "select", "textarea"]):
        if element.get("type") in NEEDS_NO_LABEL or element.get("aria-label") or element.get("aria-labelledby"):
            continue
        wrapped = element.find_parent("label") is not None
        if not wrapped and not (element.get("id") and soup.find("label", attrs={"for": element["id"]})):
            yield f"{element.name} “{element.get('name', '')}” has no label"


def _forms(soup: BeautifulSoup) -> Iterator[str]:
    for form in soup.find_all("form"):
        method = _text(form, "method").lower() or "get"
        if method == "get" and not form.get("method") and not form.get("action"):
            yield "a form without action or method"
        if method != "get" and not form.get("action"):
            yield "a form that posts without an action"
        if method != "get" and not form.find("input", attrs={"name": "csrf_token"}):
            yield f"the form that posts to {form.get('action')} has no token"
        if not form.select_one("button, input[type=submit]"):
            yield f"the form for {form.get('action')} has no button"


def _nameless(soup: BeautifulSoup) -> Iterator[str]:
    """Images, links and buttons that a screen reader cannot name."""
    yield from (f"the image {e.get('src')} has no alt" for e in soup.find_all("img") if e.get("alt") is None)
    for element in (*soup.find_all("a", href=True), *soup.find_all(["button", "summary"])):
        if not element.get_text(strip=True) and not element.get("aria-label") and not element.find("img", alt=True):
            yield f"a {element.name} without a name ({element.get('href', '')})"


def _tables(soup: BeautifulSoup) -> Iterator[str]:
    for table in soup.find_all("table"):
        if not table.find_all("th"):
            yield "a table without a header cell"
        yield from (f"th “{cell.get_text(strip=True)}” has no scope" for cell in table.find_all("th") if not cell.get("scope"))


def _text(element: Tag, attribute: str) -> str:
    value = element.get(attribute, "")
    return " ".join(value) if isinstance(value, list) else str(value)


def difference(page: str, part: str, element_id: str) -> str:
    """How a part, fetched alone, differs from the element of the page that it replaces; empty if it does not."""
    standing = BeautifulSoup(page, "html.parser").find(id=element_id)
    fetched = BeautifulSoup(part, "html.parser").find(id=element_id)
    if not isinstance(standing, Tag):
        return f"the page has no element “{element_id}”"
    if not isinstance(fetched, Tag):
        return f"the part has no element “{element_id}”: the second swap would find nothing to replace"
    ours, theirs = _normal(standing), _normal(fetched)
    return "" if ours == theirs else f"the page says\n{ours}\nbut the part says\n{theirs}"


def _normal(element: Tag) -> str:
    for token in element.select("input[name=csrf_token]"):
        token["value"] = "a token"
    return element.prettify()


def comes_later(page: str, element_id: str) -> bool:
    """Whether a page leaves a part out until it is shown, with a link in its place."""
    element = parsed(page).find(id=element_id)
    return isinstance(element, Tag) and _text(element, "hx-trigger") == "load"
