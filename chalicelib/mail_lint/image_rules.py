"""Images as a person wrote them: that they can be fetched, have a size, and are missed by nobody.

Many mail programs show no image before their reader asks for it, and some readers never see one.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element  # a tree, no parser of it # nosec B405

from chalicelib.domain.lint_rules import LintRule
from chalicelib.domain.problem import Problem
from chalicelib.mail.source_mails import SourceMails
from chalicelib.mail_lint.source_files import SourceFile, html_files
from chalicelib.mail_lint.styles import Declaration, declarations

IMAGES = frozenset({"img", "mj-image", "mj-carousel-image"})
_BACKGROUNDS = frozenset({"background", "background-image"})
_SIZE = re.compile(r"[0-9]+(\.[0-9]+)?(px|%)?|auto|\{\{.*\}\}", re.DOTALL)
_FILE_NAME = re.compile(r"[\w.-]+\.(png|jpe?g|gif|webp|svg|avif)", re.IGNORECASE)
_COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(rgb|hsl)a?\(|^[a-z]+\b(?!\()", re.IGNORECASE)
_PICTURE = re.compile(r"\b(url|[\w-]*gradient)\(", re.IGNORECASE)


def image_problems(mails: SourceMails) -> Iterator[Problem]:
    for file in html_files(mails):
        for element in file.elements():
            if element.tag in IMAGES:
                yield from _image(file, element)
            yield from _background(file, element)
        yield from _backgrounds_in_styles(file)


def _image(file: SourceFile, image: Element) -> Iterator[Problem]:
    alt = image.get("alt")
    if alt is None:
        what, cure = (
            f"<{image.tag}> has no alt",
            'Say what it shows; write alt="" for mere ornament',
        )
        yield file.problem(image, what, cure, LintRule.IMAGE_ALT)
    elif _FILE_NAME.fullmatch(alt.strip()):
        what = f"the alt of <{image.tag}> is the name of a file: {alt.strip()}"
        yield file.problem(image, what, "Say what the image shows", LintRule.IMAGE_ALT)
    yield from _size(file, image)
    source = image.get("src", "").strip()
    if not source.startswith(("https://", "{{", "data:")):
        what = f"the image {source or '(without a src)'} is not fetched over https"
        cure = "Put it into the folder images, and name it as {{ images.… }}"
        yield file.problem(image, what, cure, LintRule.INSECURE_IMAGE)


def _size(file: SourceFile, image: Element) -> Iterator[Problem]:
    """MJML works the height out from the width; Outlook takes neither from CSS."""
    wanted = {"img": ("width", "height"), "mj-image": ("width",)}.get(image.tag, ())
    missing = [name for name in wanted if not _SIZE.fullmatch(image.get(name, "").strip())]
    if missing:
        what = f"<{image.tag}> has no {' and no '.join(missing)}"
        cure = "Give it as an attribute, so that its place is kept while it is not shown"
        yield file.problem(image, what, cure, LintRule.IMAGE_SIZE)


def _background(file: SourceFile, element: Element) -> Iterator[Problem]:
    is_mjml = element.get("background-url")
    if is_mjml and not element.get("background-color"):
        yield _bare(file, element, f"<{element.tag}> has a background-url and no background-color")
    style = element.get("style", "").replace(" ", "")
    if element.get("background") and not (element.get("bgcolor") or "background-color:" in style):
        yield _bare(file, element, f"<{element.tag}> has a background image and no bgcolor")


def _backgrounds_in_styles(file: SourceFile) -> Iterator[Problem]:
    for each in declarations(file):
        pictured = each.name in _BACKGROUNDS and _PICTURE.search(each.text)
        if pictured and not _has_colour(each):
            what = f"`{each.name}` has an image or a gradient and no colour"
            yield _bare(file, each.line, what)


def _has_colour(declaration: Declaration) -> bool:
    if "background-color" in declaration.together:
        return True
    if declaration.name == "background-image":
        return "background" in declaration.together
    return _COLOUR.search(_outside_brackets(declaration.text)) is not None


def _outside_brackets(value: str) -> str:
    """`url(a.png) #fff` is ` #fff`: the colours of a gradient are no fallback."""
    kept, depth = [], 0
    for character in re.sub(r"[\w-]+\(", "(", value):
        depth += character == "("
        if not depth:
            kept.append(character)
        depth -= character == ")"
    return "".join(kept).strip()


def _bare(file: SourceFile, at: Element | int, what: str) -> Problem:
    cure = "Give a colour too, on which the text can be read without the image"
    return file.problem(at, what, cure, LintRule.BACKGROUND_FALLBACK)
