"""Reads an XMP packet (ISO 16684-1): untrusted XML, so no document type, no entities, bounded in size."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

MAX_BYTES = 2 * 2**20

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = "http://www.w3.org/XML/1998/namespace"
DC = "http://purl.org/dc/elements/1.1/"
PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
IPTC_CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"

TITLE = f"{DC} title"
DESCRIPTION = f"{DC} description"
SUBJECT = f"{DC} subject"
CREATOR = f"{DC} creator"
RIGHTS = f"{DC} rights"
HEADLINE = f"{PHOTOSHOP} Headline"
ALT_TEXT = f"{IPTC_CORE} AltTextAccessibility"
EXTENDED_DESCRIPTION = f"{IPTC_CORE} ExtDescrAccessibility"

_PROPERTIES = frozenset(
    {TITLE, DESCRIPTION, SUBJECT, CREATOR, RIGHTS, HEADLINE, ALT_TEXT, EXTENDED_DESCRIPTION}
)

Properties = dict[str, list[str]]
"""The values of the properties named above. Of language alternatives, the default one comes first."""


class _Refused(Exception):
    """The packet has a document type declaration, which no XMP needs and every entity attack does."""


def read(packet: bytes) -> Properties:
    """Read the known properties; a packet that is broken, hostile or over `MAX_BYTES` has none."""
    root = _parse(packet)
    properties: Properties = {}
    if root is None:
        return properties
    for description in root.iter(f"{RDF} Description"):
        for name, values in _described(description):
            if name in _PROPERTIES and values:
                properties.setdefault(name, values)
    return properties


def _parse(packet: bytes) -> Element | None:
    if len(packet) > MAX_BYTES:
        return None
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(packet if packet[:2] in _UTF16_MARKS else packet.strip(b"\0 \r\n\t"), True)
    except (expat.ExpatError, _Refused, ValueError, LookupError):  # the last two: unknown encodings
        return None
    return builder.close()


def _refuse(*_: object) -> None:
    raise _Refused


def _described(description: Element) -> Iterator[tuple[str, list[str]]]:
    """Yield the properties of one rdf:Description, which XMP writes as attributes or as elements."""
    for name, value in description.attrib.items():
        yield name, [value]
    for element in description:
        items = sorted(element.iter(f"{RDF} li"), key=_is_translation)
        texts = [item.text or "" for item in items] if items else [element.text or ""]
        yield element.tag, [text for text in texts if text.strip()]


def _is_translation(item: Element) -> bool:
    return item.get(f"{XML} lang", "x-default").lower() != "x-default"
