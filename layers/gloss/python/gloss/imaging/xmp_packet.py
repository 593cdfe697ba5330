"""Writes our texts into an XMP packet (ISO 16684-1) and leaves all else in it as it stands, byte for byte.

Our properties are cut out of the packet where they are, and a description of their own is put before the end
of ``rdf:RDF``: XMP allows any number of descriptions of the same resource.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from gloss.imaging import xmp
from gloss.patterns import pattern
from gloss.records import dataclass

X_DEFAULT: Final = "x-default"

_RDF_ROOT: Final = f"{xmp.RDF} RDF"
_DESCRIPTION: Final = f"{xmp.RDF} Description"
_ABOUT: Final = f"{xmp.RDF} about"
_ITEM: Final = f"{xmp.RDF} li"
_LANGUAGE: Final = f"{xmp.XML} lang"

_PREFIXES: Final = {
    xmp.DC: "dc",
    xmp.PHOTOSHOP: "photoshop",
    xmp.IPTC_CORE: "Iptc4xmpCore",
}
_NO_XML: Final = pattern("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_START_TAG: Final = pattern(rb"""<[^\s/>]+(?:[^"'>]|"[^"]*"|'[^']*')*>""")
_PADDING: Final = pattern(rb"\s+(?=<\?xpacket end=)")
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")

_EMPTY: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    f' <rdf:RDF xmlns:rdf="{xmp.RDF}">\n'
    "</rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>'
).encode()

Alternatives = Mapping[str, str]
"""Texts by language tag."""


@dataclass(frozen=True, slots=True)
class Properties:
    """What to write, by the names of :mod:`gloss.imaging.xmp`: texts with languages, plain texts, lists; and
    what to remove, in all languages."""

    alternatives: Mapping[str, Alternatives] = field(default_factory=dict)
    plain: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()

    @property
    def written(self) -> frozenset[str]:
        return frozenset({*self.alternatives, *self.plain, *self.lists})

    def names(self) -> frozenset[str]:
        """What of a packet gives way."""
        return self.written | self.removed


Others = Mapping[str, Alternatives]
"""Texts of properties that give way, in languages that they may be kept in."""


def merge(packet: bytes | None, properties: Properties, others: Others = MappingProxyType({})) -> bytes:
    """The packet with these properties; of texts with languages those in other languages stay, also
    ``others`` that stood elsewhere.

    A packet that no reader could understand is replaced.
    """
    standing = _readable(packet)
    layout = _Layout(standing, properties.names())
    if not layout.end_of_rdf:
        standing = _EMPTY
        layout = _Layout(standing, properties.names())
    for name, texts in others.items():
        layout.others[name] = {**texts, **layout.others.get(name, {})}
    head = _without(standing[: layout.end_of_rdf], sorted(layout.cuts))
    return head + _description(properties, layout).encode() + standing[layout.end_of_rdf :]


def cut(packet: bytes, properties: Properties) -> tuple[bytes, Others]:
    """The packet without what gives way to these properties, and the texts that are cut with it; nothing of
    one that no reader could understand.
    """
    standing = _decoded(packet)
    layout = _Layout(standing, properties.names())
    if not layout.end_of_rdf:
        return b"", {}
    return (_without(standing, sorted(layout.cuts)) if layout.cuts else packet), layout.others


def without_padding(packet: bytes) -> bytes:
    """The packet without the blanks that leave room to edit it in place."""
    return _PADDING.sub(b"\n", packet)


def _readable(packet: bytes | None) -> bytes:
    if packet is None or len(packet) > xmp.MAX_BYTES:
        return _EMPTY
    return _decoded(packet)


def _decoded(packet: bytes) -> bytes:
    if packet[:2] in _UTF16_MARKS:
        return packet.decode("utf-16", "replace").encode()
    return packet.strip(b"\0 \r\n\t")


class _Refused(Exception):
    """The packet has a document type declaration, which no XMP needs and every entity attack does."""


class _Layout:
    """Where things stand in a packet: what to cut, where to insert, what survives of what is cut."""

    def __init__(self, packet: bytes, names: frozenset[str]) -> None:
        self.cuts: list[tuple[int, int]] = []
        self.end_of_rdf = 0
        self.about = ""
        self.others: dict[str, dict[str, str]] = {}
        self._packet = packet
        self._names = names
        self._path: list[tuple[str, int]] = []
        self._language: str | None = None
        self._cuts_before = 0
        self._keeps_others = False
        try:
            self._parser().Parse(packet, True)
        except (expat.ExpatError, _Refused, ValueError, LookupError):
            self.end_of_rdf = 0

    def _parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.namespace_prefixes = True
        parser.StartElementHandler = lambda name, attributes: self._start(
            name, attributes, parser.CurrentByteIndex
        )
        parser.EndElementHandler = lambda _: self._end(parser.CurrentByteIndex)
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = _refuse
        return parser

    def _start(self, prefixed: str, attributes: dict[str, str], at: int) -> None:
        name, _ = _parted(prefixed)
        self._path.append((name, at))
        given = {_parted(key): value for key, value in attributes.items()}
        if name == _DESCRIPTION and self._names_of_path(-2) == [_RDF_ROOT, _DESCRIPTION]:
            self.about = next((value for key, value in given.items() if key[0] == _ABOUT), self.about)
            self._cuts_before = len(self.cuts)
            self._keeps_others = any(key not in {_ABOUT, *self._names} for key, _ in given)
            for key, prefix in given:
                if key in self._names:
                    self.cuts += self._attribute(at, f"{prefix}:{key.rpartition(' ')[2]}")
        elif self._names_of_path(-3)[:-1] == [_RDF_ROOT, _DESCRIPTION]:
            self._keeps_others |= name not in self._names
        elif name == _ITEM and self._property():
            self._language = next((value for key, value in given.items() if key[0] == _LANGUAGE), None)

    def _text(self, text: str) -> None:
        name = self._property()
        if name and self._language:
            texts = self.others.setdefault(name, {})
            texts[self._language] = texts.get(self._language, "") + text

    def _end(self, at: int) -> None:
        property_ = self._property()
        name, start = self._path.pop()
        if name == _ITEM:
            self._language = None
        elif property_ and self._names_of_path(-2) == [_RDF_ROOT, _DESCRIPTION]:
            self.cuts.append((start, self._after(start, at)))
        elif name == _DESCRIPTION and self._names_of_path(-1) == [_RDF_ROOT] and not self._keeps_others:
            self.cuts[self._cuts_before :] = [self._line(start, self._after(start, at))]
        elif name == _RDF_ROOT and not self._start_tag(start).endswith(b"/>"):
            self.end_of_rdf = at

    def _property(self) -> str | None:
        """The property of ours that is being read, directly below a description of the resource."""
        names = self._names_of_path(0)
        if _RDF_ROOT not in names:
            return None
        _, *below = names[names.index(_RDF_ROOT) :]
        return below[1] if len(below) > 1 and below[0] == _DESCRIPTION and below[1] in self._names else None

    def _names_of_path(self, start: int) -> list[str]:
        return [name for name, _ in self._path[start:]]

    def _start_tag(self, at: int) -> bytes:
        match = _START_TAG.match(self._packet, at)
        return match[0] if match else b""

    def _after(self, start: int, end: int) -> int:
        """The position behind an element; of an empty one expat tells the end, of another its end tag."""
        if self._start_tag(start).endswith(b"/>"):
            return start + len(self._start_tag(start))
        return self._packet.index(b">", end) + 1

    def _line(self, start: int, end: int) -> tuple[int, int]:
        """An element with the blanks in front of it and the line break behind it."""
        indent = len(self._packet[:start]) - len(self._packet[:start].rstrip(b" "))
        return start - indent, end + self._packet.startswith(b"\n", end)

    def _attribute(self, at: int, name: str) -> Iterator[tuple[int, int]]:
        """A property in its short form, as an attribute of the description."""
        pattern = rb"""\s+%s\s*=\s*(?:"[^"]*"|'[^']*')""" % re.escape(name.encode())
        for match in re.finditer(pattern, self._start_tag(at)):
            yield at + match.start(), at + match.end()


def _parted(prefixed: str) -> tuple[str, str]:
    """Namespace and local name as :mod:`gloss.imaging.xmp` writes them, and the prefix that stands there."""
    uri, _, rest = prefixed.partition(" ")
    local, _, prefix = rest.partition(" ")
    return f"{uri} {local}" if local else uri, prefix


def _refuse(*_: object) -> None:
    raise _Refused


def _without(packet: bytes, cuts: Sequence[tuple[int, int]]) -> bytes:
    kept, at = [], 0
    for start, stop in cuts:
        kept.append(packet[at:start])
        at = stop
    return b"".join([*kept, packet[at:]])


def _description(properties: Properties, layout: _Layout) -> str:
    """Our properties as one description of the resource that the packet is about; nothing for none."""
    if not properties.written:
        return ""
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for uri, prefix in _PREFIXES.items())
    lines = [f' <rdf:Description xmlns:rdf="{xmp.RDF}" rdf:about={quoteattr(layout.about)}{spaces}>']
    for name, texts in properties.alternatives.items():
        ours = {language.casefold() for language in texts}
        others = layout.others.get(name, {})
        kept = {tag: text for tag, text in others.items() if tag.casefold() not in {X_DEFAULT, *ours}}
        items = [_item(text, language) for language, text in [*texts.items(), *kept.items()]]
        lines.append(_element(name, f"<rdf:Alt>{''.join(items)}</rdf:Alt>"))
    lines += [_element(name, _clean(text)) for name, text in properties.plain.items()]
    for name, texts_ in properties.lists.items():
        lines.append(_element(name, f"<rdf:Bag>{''.join(map(_item, texts_))}</rdf:Bag>"))
    return "\n".join([*lines, " </rdf:Description>", ""])


def _element(name: str, content: str) -> str:
    uri, _, local = name.rpartition(" ")
    return f"  <{_PREFIXES[uri]}:{local}>{content}</{_PREFIXES[uri]}:{local}>"


def _item(text: str, language: str | None = None) -> str:
    tag = f" xml:lang={quoteattr(language)}" if language else ""
    return f"<rdf:li{tag}>{_clean(text)}</rdf:li>"


def _clean(text: str) -> str:
    """Escaped, and without what XML cannot hold."""
    return escape(_NO_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
