"""MJML to HTML, with what the compiler itself does not say: which file and line is at fault.

The compiler passes an element it does not know on to the reader, who would see it as bare text
in a mail without its layout; here that is a fault.
"""

import re
from xml.parsers import expat

from mjml import mjml2html

from chalicelib.mail.bounds import MAX_ELEMENTS, MAX_SOURCE_CHARS, place_too_deep
from chalicelib.mail.errors import TemplateSourceError
from chalicelib.mail.sources import Document

UNMARKED_TABLE = '<table border="0" cellpadding="0" cellspacing="0" width='
LAYOUT_TABLE = UNMARKED_TABLE.replace("<table", '<table role="presentation"')
TOO_DEEP = (f"over {MAX_ELEMENTS} elements in each other", "close them, or take some out")
PANICS = "pyo3_runtime"
LEFT_OVER = re.compile(r"</?(mj-[\w-]+)")
CURE = "MJML is strict XML: close every tag, and write &lt; for <, also in a condition"


def compile_mjml(document: Document) -> str:
    """Jinja's tags stay as they are, so the result is a Jinja template of HTML.

    No fonts: by default MJML has the mail fetch every font it knows by name from its maker.
    Every `<mj-table>` lays out, as all tables of a mail do, so none is read aloud as a table of
    data; it is the one element whose role MJML leaves open.
    """
    if fault := fault_of_size(document):
        raise fault
    html = html_of(document)
    left_over = LEFT_OVER.search(html)
    if left_over:
        raise xml_fault(document) or element_fault(document, left_over[1])
    return html.replace(UNMARKED_TABLE, LAYOUT_TABLE)


def html_of(document: Document) -> str:
    """Its parser may panic over text that is no XML, which no `except Exception` would catch."""
    try:
        return mjml2html(document.text, fonts={})
    except BaseException as error:
        if not isinstance(error, ValueError) and type(error).__module__ != PANICS:
            raise
        frame = document.sources[0].fault(1, f"MJML does not compile: {error}", CURE)
        raise (xml_fault(document) or frame) from error


def fault_of_size(document: Document) -> TemplateSourceError | None:
    """Nested deep enough, MJML would not fail but end the process."""
    frame = document.sources[0]
    if len(document.text) > MAX_SOURCE_CHARS:
        what = f"over {MAX_SOURCE_CHARS} characters with what it includes"
        return frame.fault(1, what, "shorten the mail or its theme")
    if place_too_deep(document.text) is None:
        return None
    for source in document.sources:
        if (place := place_too_deep(source.text)) is not None:
            return source.fault(source.text.count("\n", 0, place) + 1, *TOO_DEEP)
    return frame.fault(1, *TOO_DEEP)


def xml_fault(document: Document) -> TemplateSourceError | None:
    """Find the first file that is not XML."""
    for source in document.sources:
        parser = expat.ParserCreate()
        parser.UseForeignDTD(True)  # noqa: FBT003 - positional only; lets &nbsp; and kin pass
        try:
            # A part may have several roots; one around them adds no line.
            parser.Parse(f"<part>{source.text}</part>", True)  # noqa: FBT003 - positional only
        except expat.ExpatError as fault:
            return source.fault(fault.lineno, expat.ErrorString(fault.code), CURE)
    return None


def element_fault(document: Document, element: str) -> TemplateSourceError:
    opening = re.compile(rf"<{element}\b")
    for source in document.sources:
        if found := opening.search(source.text):
            line = source.text.count("\n", 0, found.start()) + 1
            return source.fault(line, f"MJML has no <{element}>", "mend its name")
    return document.sources[0].fault(1, f"MJML leaves <{element}> over", CURE)
