"""XML that somebody sent, parsed without trusting it: no document type, no entities but XML's own, nothing fetched."""

from xml.parsers import expat

from lxml import etree


class NotXml(ValueError):
    """Bytes that are no well-formed XML, or XML that is not what it should be."""


class _RootFound(Exception):
    """The root element begins: what could declare a document type is behind."""


def _no_document_type(*_: object) -> None:
    raise NotXml("a document type is declared")  # no part of a workbook has one


def hardened_parser() -> expat.XMLParserType:
    """A streaming parser for one document; its names are `namespace}name`. NotXml for a document type."""
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartDoctypeDeclHandler = _no_document_type
    parser.buffer_text = True
    return parser


def refuse_document_type(data: bytes) -> None:
    """Raises NotXml when a document type is declared; reads no further than the root."""

    def root(*_: object) -> None:
        raise _RootFound

    parser = hardened_parser()
    parser.StartElementHandler = root
    try:
        parser.Parse(data, True)
    except _RootFound:
        pass
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise NotXml(str(error)) from error


def parsed_xml(data: bytes) -> etree._Element:
    """The root element of a document, in any encoding that XML allows; NotXml otherwise."""
    refuse_document_type(data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, collect_ids=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotXml(str(error)) from error
