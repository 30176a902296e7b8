"""The templates of the preview's own pages. Everything from outside is a value and is escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chalicelib.world.page_templates import FOLDER, grouped, words

HERE = Path(__file__).parent / "pages"
HOUSE_STYLE = FOLDER / "style.css"


def fill(template: str, /, **values: object) -> str:
    """Fill a template of ``pages/``; a name that it misses is an error."""
    return _environment.get_template(template).render(values)


_environment = Environment(
    autoescape=True,
    undefined=StrictUndefined,
    loader=FileSystemLoader([HERE, FOLDER]),
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {"grouped": grouped, "words": words}
