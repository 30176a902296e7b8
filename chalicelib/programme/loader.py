"""From a programme's folder to the programme that the engine runs, compiled or as it is written.

Imports nothing that only a written programme takes.
"""

from pathlib import Path

from chalicelib.domain.journey import Programme
from chalicelib.programme.compiled import FILE, read_compiled


def load_programme(folder: Path) -> Programme:
    """Return the programme of a folder, or raise ``ProgrammeError``."""
    if (folder / FILE).exists():
        return read_compiled(folder / FILE)
    from chalicelib.programme.images import image_files  # noqa: PLC0415 - not on a server
    from chalicelib.programme.source import build, read_programme  # noqa: PLC0415 - as above

    return build(read_programme(folder).programme, image_files(folder))
