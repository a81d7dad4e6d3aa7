"""Lines of `key=value` pairs. Source: Heroku's logfmt, as Go's go-logfmt reads it."""

import re
from collections.abc import Iterator

_KEY = re.compile(r'[^\s="]+')
_BARE = re.compile(r'[^\s"=]*')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Nearly every pair of nearly every line; what it does not fit is looked at part by part.
_PLAIN = re.compile(r'\s*([^\s="]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s"=]*))(?=\s|\Z)')
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_BLANK = re.compile(r"\s")
_MEANS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class NotLogfmt(ValueError):
    """A line that is none; `str()` says where."""


def pairs(line: str, *, strict: bool) -> Iterator[tuple[str, str]]:
    """Keys and values; a key alone has the value `""`.

    With `strict` the first fault ends it with `NotLogfmt`, without it only what is faulty is left out.
    """
    place, end = 0, len(line)
    while place < end:
        plain = _PLAIN.match(line, place)
        if plain is not None:
            key, quoted, bare = plain.groups()
            yield key, bare if quoted is None else _meaning(quoted)
            place = plain.end()
            continue
        if line[place] <= " ":
            place += 1
            continue
        found = _KEY.match(line, place)
        if found is None:
            if strict:
                raise NotLogfmt(f"logfmt syntax error at pos {place + 1} : unexpected '{line[place]}'")
            place = _next_blank(line, place)
            continue
        key, place = found[0], found.end()
        if place < end and line[place] == "=":
            value = _QUOTED.match(line, place + 1) or _bare(line, place + 1)
            place = value.end() if value else place
            if value is None or (place < end and line[place] > " "):
                if strict:
                    what = "unterminated quoted value" if value is None else f"unexpected '{line[place]}'"
                    raise NotLogfmt(f"logfmt syntax error at pos {place + 1} : {what}")
                place = _next_blank(line, place)
                continue
            yield key, _meaning(value[1]) if value.re is _QUOTED else value[0]
        elif place < end and line[place] == '"':
            if strict:
                raise NotLogfmt(f"logfmt syntax error at pos {place + 1} : unexpected '\"'")
            place = _next_blank(line, place)
        else:
            yield key, ""


def _bare(line: str, place: int) -> "re.Match[str] | None":
    return None if line[place : place + 1] == '"' else _BARE.match(line, place)


def _next_blank(line: str, place: int) -> int:
    found = _BLANK.search(line, place)
    return found.start() if found else len(line)


def _meaning(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _MEANS.get(found[2], found[2]), text)
