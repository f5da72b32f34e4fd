"""SQL expressions that read one value. Each takes the name of a column that holds trimmed text, NULL where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.imports.catalog import squashed
from app.imports.shaping.zones import ALL_YEARS, Years

TAB, FEED, RETURN, HARD_BLANK, THIN_BLANK, LAST_PLAIN = "'\t'", "'\n'", "'\r'", "'\u00a0'", "'\u202f'", "'\x7f'"
"""As they are, not by ``chr``: a statement has hundreds, and every call is looked up when it is planned."""
BLANKS = "' \t\n\r\u00a0\u202f\ufeff'"
CONTROLS = r"'[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]'"
SCIENTIFIC = r"'\d+([.,]\d+)?[eE]\+\d+|\d+[.,]\d+[eE]\d+'"
YES = ("true", "yes", "y", "t", "1", "on", "active", "x")
NO = ("false", "no", "n", "f", "0", "off", "inactive")
DIGITS_BEFORE = 14
"""Of an amount, before the point."""


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Signs:
    """What a file has anywhere."""

    controls: bool = True
    """Those that nobody can see or type."""
    blanks: bool = True
    """Tabs, and blanks that do not break."""
    returns: bool = True
    years: Years = ALL_YEARS
    """The earliest and the latest one that a time may name."""


def cleaned(raw: str, signs: Signs) -> str:
    """Trimmed; NULL for nothing. Only what needs it goes the slow way."""
    needs = f"{raw} < '!' OR suffix({raw}, ' ')"  # the empty text comes before any other
    if signs.blanks:
        needs += f" OR {raw} >= {LAST_PLAIN} OR suffix({raw}, {HARD_BLANK}) OR suffix({raw}, {THIN_BLANK}) OR suffix({raw}, {TAB})"
    if signs.returns or signs.blanks:
        needs += f" OR suffix({raw}, {RETURN})"
    return f"CASE WHEN {needs} OR suffix({raw}, {FEED}) THEN nullif(trim({raw}, {BLANKS}), '') ELSE {raw} END"


def one_line_end(text: str, signs: Signs) -> str:
    """Line breaks are written as a line feed, whatever the file had."""
    plain = f"replace(replace({text}, '\r\n', {FEED}), {RETURN}, {FEED})"
    return f"CASE WHEN contains({text}, {RETURN}) THEN {plain} ELSE {text} END" if signs.returns else text


# Dates ------------------------------------------------------------------------------------------------------------------

ORDERS = {"mdy": ("%m", "%d", "%Y"), "dmy": ("%d", "%m", "%Y"), "ymd": ("%Y", "%m", "%d")}
WRITTEN = ("%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%a %b %d %Y", "%A %B %d %Y")
HALVES = ("%I:%M %p", "%I:%M:%S %p", "%I:%M:%S.%f %p")
WHOLES = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f")


def _formats(days: tuple[str, ...], times: tuple[str, ...]) -> str:
    both = [f"{day} {time}" for day in days for time in times] if times else list(days)
    return "[" + ", ".join(quoted(one) for one in both) + "]"


def _any_format(text: str, days: tuple[str, ...]) -> str:
    return (
        f"CASE WHEN NOT contains({text}, ':') THEN try_strptime({text}, {_formats(days, ())}) "
        f"WHEN right({text}, 1) IN ('M', 'm') THEN try_strptime({text}, {_formats(days, HALVES)}) "
        f"ELSE try_strptime({text}, {_formats(days, WHOLES)}) END"
    )


def is_iso(text: str) -> str:
    """Four digits and a dash or slash: the year comes first, whatever the map says."""
    return f"(substr({text}, 5, 1) IN ('-', '/') AND substr({text}, 2, 1) >= '0' AND substr({text}, 3, 1) >= '0')"


def offset_kind(text: str) -> str:
    """0 for a time without zone, 1 for UTC, 2 for an offset of its own."""
    signs = " OR ".join(f"{text}[-{place}] IN ('+', '-')" for place in (6, 5, 3))
    return f"CASE WHEN suffix({text}, 'Z') THEN 1 WHEN strlen({text}) > 18 AND {is_iso(text)} AND ({signs}) THEN 2 ELSE 0 END"


def wall_time(text: str, order: str) -> str:
    """The date and time as they are written, whatever zone they name; NULL for what is no date."""
    last = f"right({text}, 1)"
    iso_day = ("%Y-%m-%d", "%Y/%m/%d")
    iso = f"CASE WHEN {last} BETWEEN '0' AND '9' OR {last} = 'Z' THEN TRY_CAST({text} AS TIMESTAMP) ELSE {_any_format(text, iso_day)} END"
    parts = ORDERS[order or "mdy"]
    short = tuple(part.lower() if part == "%Y" else part for part in parts)
    numeric = _any_format(f"replace({text}, ',', '')", tuple(mark.join(each) for each in (parts, short) for mark in "/-."))
    written = _any_format(f"replace({text}, ',', '')", WRITTEN)
    other = f"CASE WHEN {text} < ':' THEN {numeric} END"  # what begins with a digit comes before a colon
    words = f"CASE WHEN regexp_matches({text}, '[0-9]') THEN {written} END"
    return f"CASE WHEN {is_iso(text)} THEN {iso} ELSE coalesce({other}, {words}) END"


def full_year(wall: str, text: str) -> str:
    """Years of two digits: 69 and below are of this century."""
    early = f"CASE WHEN year({wall}) < 70 THEN {wall} + INTERVAL 2000 YEAR ELSE {wall} + INTERVAL 1900 YEAR END"
    is_short = f"{wall} < TIMESTAMP '0100-01-01' AND {wall} >= TIMESTAMP '0000-01-01' AND NOT {is_iso(text)}"
    return f"CASE WHEN {is_short} THEN {early} ELSE {wall} END"


def instant_text(micros: str) -> str:
    return f"replace(CAST(make_timestamp({micros}) AS VARCHAR), ' ', 'T') || 'Z'"


# Amounts and numbers ----------------------------------------------------------------------------------------------------


def plain_amount(text: str, style: str, sign: str) -> str:
    """Digits with a point and perhaps a minus, from an amount with signs and groups; NULL for what is none."""
    bare = f"regexp_replace({text}, '[ \\x{{a0}}\\x{{202f}}]', '', 'g')"
    bare = f"replace({bare}, {quoted(sign)}, '')" if sign else bare
    minus = (
        f"CASE WHEN regexp_full_match({bare}, '\\([^()+-]*\\)') THEN '-' || {bare}[2:-2] "
        f"WHEN suffix({bare}, '-') THEN '-' || {bare}[:-2] ELSE ltrim({bare}, '+') END"
    )
    group, point = ("[.'’]", ",") if style == "comma" else ("[,'’]", ".")
    shape = rf"-?(\d+|\d{{1,3}}({group}\d{{3}})+)?(\{point}\d+)?"
    number = f"replace(regexp_replace({minus}, {quoted(group)}, '', 'g'), {quoted(point)}, '.')"
    good = f"regexp_full_match({minus}, {quoted(shape)}) AND regexp_matches({bare}, '[0-9]')"
    return f"CASE WHEN {good} THEN {number} END"


def is_plain(text: str, style: str) -> str:
    return (
        rf"regexp_full_match({text}, '-?\d{{1,14}}')" if style == "comma" else rf"regexp_full_match({text}, '-?\d{{1,14}}(\.\d{{1,4}})?')"
    )


def rounded(number: str) -> str:
    """A plain number to four decimals, half to even: digits beyond are looked at as text, so that none gets lost."""
    rest = f"rtrim(substr(split_part({number}, '.', 2), 5), '0')"
    last = f"substr(split_part({number}, '.', 2), 4, 1)"
    head = f"TRY_CAST(CASE WHEN contains({number}, '.') THEN {number}[: strpos({number}, '.') + 4] ELSE {number} END AS DECIMAL(18, 4))"
    up = f"{rest} > '5' OR ({rest} = '5' AND {last} IN ('1', '3', '5', '7', '9'))"
    step = f"CASE WHEN prefix({number}, '-') THEN -0.0001 ELSE 0.0001 END"
    return f"TRY_CAST({head} + CASE WHEN {up} THEN {step} ELSE 0.0000 END AS DECIMAL(18, 4))"


def number_text(number: str) -> str:
    """The same number always as the same text: no zeros before or behind, no minus before a zero."""
    whole = f"ltrim(ltrim(split_part({number}, '.', 1), '-'), '0')"
    part = f"rtrim(split_part({number}, '.', 2), '0')"
    sign = f"CASE WHEN prefix({number}, '-') AND {whole} || {part} <> '' THEN '-' ELSE '' END"
    return f"{sign} || CASE WHEN {whole} = '' THEN '0' ELSE {whole} END || CASE WHEN {part} = '' THEN '' ELSE '.' || {part} END"


# Flags and words --------------------------------------------------------------------------------------------------------


def flag(text: str, yes: tuple[str, ...], no: tuple[str, ...]) -> str:
    """Own words of the map come first."""
    own_yes, own_no = {word.strip().lower() for word in yes}, {word.strip().lower() for word in no}
    all_yes = sorted(own_yes | (set(YES) - own_no))
    all_no = sorted((own_no | set(NO)) - own_yes)
    return f"CASE WHEN lower({text}) IN ({_list(all_yes)}) THEN true WHEN lower({text}) IN ({_list(all_no)}) THEN false END"


def _list(words: list[str]) -> str:
    return ", ".join(quoted(word) for word in words)


def word(text: str, words: Mapping[str, str]) -> str:
    """Ours for the source's, first as it stands in small letters, then by its letters and digits alone; else the source's."""
    if not words:
        return text
    exact = {theirs.strip().lower(): ours for theirs, ours in words.items()}
    by_letters = {squashed(theirs): ours for theirs, ours in words.items() if squashed(theirs)}
    bare = f"regexp_replace(lower({text}), '[^a-z0-9]+', '', 'g')"
    inner = f"CASE {bare} {_whens(by_letters)} ELSE {text} END" if by_letters else text
    return f"CASE lower({text}) {_whens(exact)} ELSE {inner} END"


def _whens(words: Mapping[str, str]) -> str:
    return " ".join(f"WHEN {quoted(theirs)} THEN {quoted(ours)}" for theirs, ours in words.items())


def json_text(text: str) -> str:
    """In quotes."""
    return f"CAST(to_json({text}) AS VARCHAR)"
