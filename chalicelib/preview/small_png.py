"""A drawing as a small PNG, for mails and documents.

Never for photographs, which have more colours than a palette.
"""

from collections import Counter
from collections.abc import Iterable
from io import BytesIO

from PIL import Image

Colour = tuple[int, int, int]


def small_png(picture: Image.Image, colours: int) -> bytes:
    """Return the picture in its most frequent colours, which stay exactly as they are drawn.

    The rest are blends along edges; each becomes the nearest one. So what lies beside a picture in
    a mail can have the very colour of its edge. ``colours`` is at most 256.
    """
    picture = picture.convert("RGB")
    every = [colour for colour, _ in Counter(_pixels(picture)).most_common()]
    palette = every[:colours]
    place = {colour: _nearest(colour, palette) for colour in every}
    reduced = Image.new("P", picture.size)
    reduced.putpalette([channel for colour in palette for channel in colour])
    reduced.putdata([place[colour] for colour in _pixels(picture)])
    out = BytesIO()
    reduced.save(out, "PNG", optimize=True)
    return out.getvalue()


def _pixels(picture: Image.Image) -> Iterable[Colour]:
    data = picture.tobytes()
    return zip(data[::3], data[1::3], data[2::3], strict=True)


def _nearest(colour: Colour, palette: list[Colour]) -> int:
    distances = [sum((a - b) ** 2 for a, b in zip(colour, each, strict=True)) for each in palette]
    return distances.index(min(distances))
