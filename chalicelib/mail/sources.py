"""The files of `templates/<programme>/`, read and put together.

A mail is a shared frame with the mail's own body in it: `<mj-include path="…"/>` in MJML and
`{% include "…" %}` in text and HTML are resolved here, as text, and so is `{{ theme.… }}`.
Each file is kept as it was read, so that a fault found later has its true file and line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from chalicelib.domain.problem import Problem
from chalicelib.mail.bounds import MAX_SOURCE_CHARS
from chalicelib.mail.errors import TemplateSourceError

MAX_FILE_BYTES = 65_536
MAX_INCLUDE_DEPTH = 4
MAX_INCLUDED = 50
MAX_THEME_VALUE_CHARS = 1_000
MAIL_TEXTS = ("subject", "preheader")
INCLUDE = re.compile(
    r"""<mj-include\s+path="(?P<mjml>[^"]+)"\s*/>|\{%-?\s*include\s+"(?P<jinja>[^"]+)"\s*-?%\}"""
)
THEME = re.compile(r"\{\{\s*theme\.([\w.]+)\s*\}\}")
UNSAFE_THEME_VALUE = re.compile(r"""["<>&{}\n]""")

CURE = "put quotes around values, and take levels out"

Theme = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """A text a person wrote: its file, the line it begins on, and what it says itself.

    The theme is in it; what it includes is not, so its lines are the file's lines.
    """

    file: str
    line: int
    text: str

    def fault(self, line: int, what: str, cure: str) -> TemplateSourceError:
        """`line` counts from 1 within the text."""
        return TemplateSourceError(Problem(self.file, self.line + line - 1, what, cure))


@dataclass(frozen=True, slots=True)
class Document:
    """One template put together, and the sources it came from, its own first."""

    text: str
    sources: tuple[Source, ...]


def read_text(path: Path) -> str:
    """Read UTF-8; a missing, too large or undecodable file is a problem for its author."""
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            problem = Problem(str(path), 1, f"over {MAX_FILE_BYTES} bytes", "make it smaller")
            raise TemplateSourceError(problem)
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        problem = Problem(str(path), 1, "the file is missing", "write it")
        raise TemplateSourceError(problem) from error
    except UnicodeDecodeError as error:
        problem = Problem(str(path), 1, f"not UTF-8: {error}", "save it as UTF-8")
        raise TemplateSourceError(problem) from error


def read_theme(path: Path) -> Theme:
    """Flatten theme.yaml: `{colours: {ink: x}}` is `{"colours.ink": "x"}`.

    A value may name others, such as `color:{{ theme.colours.ink }};`, but none that name more.
    """
    written = dict(flatten("", read_yaml(path)))
    theme = {
        name: THEME.sub(lambda match: written.get(match[1], match[0]), value)
        for name, value in written.items()
    }
    for name, value in theme.items():
        if UNSAFE_THEME_VALUE.search(value):
            problem = Problem(
                str(path),
                1,
                f"{name} has a character no attribute can hold",
                "use ' for quotes, and name plain values only",
            )
            raise TemplateSourceError(problem)
        if len(value) > MAX_THEME_VALUE_CHARS:
            what = f"{name} has over {MAX_THEME_VALUE_CHARS} characters"
            raise TemplateSourceError(Problem(str(path), 1, what, "make several of it"))
    return theme


def read_yaml(path: Path) -> object:
    """Read plain data. An alias could make much out of little, so there is none."""
    text = read_text(path)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else 1
                problem = Problem(
                    str(path), line, "an alias (*) is not read", "write the value out"
                )
                raise TemplateSourceError(problem)
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise TemplateSourceError(yaml_problem(path, error)) from error
    except (ValueError, RecursionError) as error:  # no such day; nested beyond reading
        raise TemplateSourceError(Problem(str(path), 1, f"not read: {error}", CURE)) from error


def flatten(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    if not isinstance(value, Mapping):
        yield prefix, str(value)
        return
    for key, below in value.items():
        yield from flatten(f"{prefix}.{key}" if prefix else str(key), below)


def yaml_problem(path: Path, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    return Problem(str(path), mark.line + 1 if mark else 1, f"not YAML: {error}", "mend its syntax")


def read_source(path: Path, theme: Theme) -> Source:
    """Read a template and put the theme's values in; no value spans lines, so lines stay true."""
    raw = Source(str(path), 1, read_text(path))

    def value(match: re.Match[str]) -> str:
        if match[1] in theme:
            return theme[match[1]]
        line = raw.text.count("\n", 0, match.start()) + 1
        cure = f"theme.yaml has {', '.join(sorted(theme))}"
        raise raw.fault(line, f"unknown theme value {match[1]!r}", cure)

    return Source(raw.file, 1, THEME.sub(value, raw.text))


def assemble(path: Path, parts: Mapping[str, Path], theme: Theme, depth: int = 0) -> Document:
    """Read `path` and what it includes; `parts` maps the names it may include to files."""
    source = read_source(path, theme)
    sources = [Source(source.file, 1, INCLUDE.sub("", source.text))]

    def included(match: re.Match[str]) -> str:
        name = match["mjml"] or match["jinja"]
        line = source.text.count("\n", 0, match.start()) + 1
        if name not in parts:
            raise source.fault(line, f"nothing to include as {name!r}", f"have {sorted(parts)}")
        if depth == MAX_INCLUDE_DEPTH:
            raise source.fault(line, f"{name!r} is included too deep", "include fewer levels")
        document = assemble(parts[name], parts, theme, depth + 1)
        sources.extend(document.sources)
        if (
            len(sources) > MAX_INCLUDED
            or sum(len(each.text) for each in sources) > MAX_SOURCE_CHARS
        ):
            cure = f"a mail is {MAX_INCLUDED} files and {MAX_SOURCE_CHARS} characters at most"
            raise source.fault(line, f"with {name!r} this includes too much", cure)
        return document.text

    return Document(INCLUDE.sub(included, source.text), tuple(sources))


def read_mail_texts(path: Path) -> dict[str, Document]:
    """Read mail.yaml: `subject` and `preheader`, each a Jinja text.

    A text without tags of its own is translated whole; one that branches or has plurals marks
    what is to be translated itself, with `{% trans %}`.
    """
    try:
        node = yaml.compose(read_text(path), Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise TemplateSourceError(yaml_problem(path, error)) from error
    except RecursionError as error:
        raise TemplateSourceError(Problem(str(path), 1, "nested too deep", CURE)) from error
    texts = dict(pairs_of(node))
    if set(texts) != set(MAIL_TEXTS) or not all(is_text(text) for text in texts.values()):
        problem = Problem(str(path), 1, "not a mail", f"give {' and '.join(MAIL_TEXTS)} as text")
        raise TemplateSourceError(problem)
    return {name: mail_text(path, texts[name]) for name in MAIL_TEXTS}


def pairs_of(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """Yield keys and values; nothing has none that is no mapping."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        yield str(key.value), value


def is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and bool(node.value.strip())


def mail_text(path: Path, node: yaml.Node) -> Document:
    text = node.value if "{%" in node.value else f"{{% trans %}}{node.value}{{% endtrans %}}"
    block_style = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    source = Source(str(path), node.start_mark.line + 1 + block_style, text)
    return Document(text, (source,))
