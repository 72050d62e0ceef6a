"""Break payloads at random, but the same ones for the same seed: bytes, lines, cells, members of JSON, XML."""

import copy
import gzip
import json
import random
import re
from collections.abc import Callable
from typing import Any

type Edit = Callable[[bytes, random.Random], bytes]
type Way = tuple[Any, ...]


def deep(levels: int) -> Any:
    """Nest a value in objects and lists."""
    made: Any = 1
    for _ in range(levels):
        made = {"a": [made]}
    return made


ODD_VALUES: list[Any] = [
    None, True, False, "", " ", "x", -1, 0, 2**70, -(10**400), 1e308, -0.0, 5e-324, "1e999", "-1e999", "NaN", "nan",
    "inf", "-Infinity", "1,5", "1_000", "0x1F", "12e", "+7", "\u0663", "\ud7ff\u0000", "a.b", "a\tb\r\nc", "<&\"'>", [],
    {}, [None], [[[]]], {"": ""}, {"a.b": {"c": 1}}, {"value": {"value": 1}}, [1, "x"], deep(30), deep(60), "9" * 400,
    "2026-01-08T24:00:00Z", "9999-12-31T23:59:60Z", "0001-01-01T00:00:00+14:00", "2026-02-30", "2026-03-29 02:30:00",
    253402300800, -62135596801, 1e18,
]  # fmt: skip
"""What may stand where a value does."""

ODD_BYTES = (
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r",
    b'"',
    b"\\",
    b"{",
    b"]",
    b",",
    b";",
    b"<",
    b"&",
    b"\x1f\x8b",
    b"\xed\xa0\x80",
)
ODD_XML = (
    "&lt;",
    "&nothing;",
    "<!-- x -->",
    "<![CDATA[1]]>",
    "<x/>",
    "<x>1</x>",
    "<?x y?>",
    "&#0;",
    "&#xD800;",
    "NaN",
    "",
    " ",
)
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/hostname">]>'


def broken(payload: bytes, chance: random.Random) -> bytes:
    """Give a payload with one to three things wrong with it."""
    content = gzip.decompress(payload) if payload.startswith(b"\x1f\x8b") else payload
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        content = chance.choice(edits_of(content))(content, chance)
    return content


def edits_of(content: bytes) -> list[Edit]:
    """Give the edits that fit a payload; those of its own kind more often."""
    start = content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if start in (b"{", b"["):
        return [members, members, members, members, keys, documents, raw]
    if start == b"<":
        return [elements, elements, elements, attributes, raw]
    return [cells, cells, cells, cells, lines, lines, raw]


def raw(content: bytes, chance: random.Random) -> bytes:
    """Change bytes wherever they are."""
    at, length = chance.randrange(len(content) + 1), chance.choice((1, 1, 2, 10, 200))
    head, here, tail = content[:at], content[at : at + length], content[at + length :]
    return chance.choice(
        (
            head,
            head + tail,
            head + here + here + tail,
            head + chance.choice(ODD_BYTES) + here + tail,
            head + chance.randbytes(1) + here[1:] + tail,
            here + tail,
            tail + head,
            content.decode("utf-8", "replace").encode("utf-16"),
            content.decode("utf-8", "replace").encode("latin-1", "replace"),
            gzip.compress(content, mtime=0)[: chance.choice((-9, None))],
        )
    )


def lines(content: bytes, chance: random.Random) -> bytes:
    """Drop, double or reorder lines."""
    found = content.splitlines(keepends=True)
    if not found:
        return content
    at, other = chance.randrange(len(found)), chance.randrange(len(found))
    match chance.randrange(5):
        case 0:
            del found[at]
        case 1:
            found.insert(other, found[at])
        case 2:
            found[at], found[other] = found[other], found[at]
        case 3:
            chance.shuffle(found)
        case _:
            found.insert(at, chance.choice((b"\n", b"#\n", b"# STN,YYYYMMDD,HH\n", b'"\n', b",,,,\n", b"\x00\n")))
    return b"".join(found)


def cells(content: bytes, chance: random.Random) -> bytes:
    """Change cells of one line of a table."""
    found = content.decode("utf-8", "replace").split("\n")
    at = chance.randrange(len(found))
    mark = max(",;\t", key=found[at].count)
    row = found[at].split(mark)
    place = chance.randrange(len(row))
    text = odd_text(chance)
    match chance.randrange(7):
        case 0:
            row[place] = ""
        case 1:
            row.insert(place, text)
        case 2:
            del row[place]
        case 3:
            row[place] = f'"{row[place]}"'
        case 4:
            row[place] = f'"{row[place]}'
        case 5:
            row[place] = row[chance.randrange(len(row))]
        case _:
            row[place] = text
    found[at] = mark.join(row)
    return "\n".join(found).encode("utf-8", "replace")


def odd_text(chance: random.Random) -> str:
    """Write an odd value as a table would."""
    value = chance.choice(ODD_VALUES)
    return value if isinstance(value, str) else json.dumps(value)


def members(content: bytes, chance: random.Random) -> bytes:
    """Change a member of a JSON document."""
    document = parsed(content)
    if document is None:
        return raw(content, chance)
    ways = places(document)
    return json.dumps(changed(document, chance.choice(ways), chance)).encode("utf-8", "replace")


def parsed(content: bytes) -> Any:
    """Read the first of the JSON documents; None where there is none."""
    try:
        return json.JSONDecoder().raw_decode(content.decode("utf-8-sig", "replace").lstrip())[0]
    except (ValueError, RecursionError):
        return None


def places(node: Any, way: Way = ()) -> list[Way]:
    """Give the ways to every member."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    if len(way) > 40:
        return [way]
    return [way, *(place for key, value in inner for place in places(value, (*way, key)))]


def changed(document: Any, way: Way, chance: random.Random) -> Any:
    """Give a document with one member changed."""
    odd = copy.deepcopy(chance.choice(ODD_VALUES))
    if not way:
        return chance.choice((odd, [document], {"data": document}, [document, copy.deepcopy(document), odd]))
    made = copy.deepcopy(document)
    node = made
    for key in way[:-1]:
        node = node[key]
    last = way[-1]
    match chance.randrange(6):
        case 0:
            del node[last]
        case 1 if isinstance(node, dict):
            node[f"{last}x"] = node.pop(last)
        case 1 | 2 if isinstance(node, list):
            node.insert(chance.randrange(len(node) + 1), copy.deepcopy(node[last]))
        case 3:
            node[last] = [node[last]]
        case 4:
            node[last] = str(node[last])
        case _:
            node[last] = odd
    return made


def keys(content: bytes, chance: random.Random) -> bytes:
    """Give a key twice, with another value first."""
    found = [*re.finditer(rb'"[^"\\]*"\s*:', content)]
    if not found:
        return content
    match = chance.choice(found)
    value = json.dumps(chance.choice(ODD_VALUES[:12])).encode()
    return content[: match.start()] + match[0] + value + b"," + content[match.start() :]


def documents(content: bytes, chance: random.Random) -> bytes:
    """Put documents one after another, some of which are none of the source."""
    other = chance.choice((content, b"{}", b"[]", b"null", b"7", b'{"error": "x"}', b"{", members(content, chance)))
    return chance.choice((b"\n", b" ", b"", b",")).join(chance.sample((content, other), 2))


def elements(content: bytes, chance: random.Random) -> bytes:
    """Change an element of XML: its text, its name, or whether it is there."""
    found = [*re.finditer(rb"<([\w:.]+)([^<>]*)>([^<>]*)</\1>", content)]
    if not found:
        return raw(content, chance)
    match = chance.choice(found)
    name, inside, text = match[1], match[2], match[3]
    odd = chance.choice((*ODD_XML, odd_text(chance).replace("<", "").replace("&", ""))).encode("utf-8", "replace")
    made = chance.choice(
        (
            b"",
            match[0] * 2,
            b"<%b%b>%b</%b>" % (name, inside, odd, name),
            b"<%b%b>%b</%b>" % (name, inside, text + b" " + odd, name),
            b"<%bx%b>%b</%bx>" % (name, inside, text, name),
            b"<%b>%b</%b>" % (name, match[0], name),
            b"<%b%b/>" % (name, inside),
        )
    )
    return content[: match.start()] + made + content[match.end() :]


def attributes(content: bytes, chance: random.Random) -> bytes:
    """Change an attribute of XML, or what stands before the document."""
    if chance.randrange(4) == 0:
        head, _, body = content.rpartition(b"?>")
        return (head + b"?>" if head else b"") + ENTITIES.encode() + body.replace(b">1", b">&b;", 1)
    found = [*re.finditer(rb'\s[\w:.]+="([^"]*)"', content)]
    if not found:
        return raw(content, chance)
    match = chance.choice(found)
    odd = chance.choice((b"", b"x", b"#x", b"urn:ogc:def:crs:EPSG::28992", b"http://nowhere.invalid/", b"-1", b"mg/m3"))
    made = chance.choice((b"", match[0].replace(match[1], odd) if match[1] else match[0], match[0] * 2))
    return content[: match.start()] + made + content[match.end() :]
