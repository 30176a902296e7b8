"""Keeps the templates of what was deployed, for the web copies of mails that will be sent by them.

A template must be kept before the next deployment takes its place; from then on nobody has it. What
is kept is read from the package itself: the checkout may be another by now.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile

from chalicelib.adapters.dynamodb import Table
from chalicelib.adapters.dynamodb_templates import DynamoSentTemplates
from chalicelib.mail.templates import MailTemplates
from chalicelib.programme.loader import load_programme
from chalicelib.usecases.current_templates import CurrentTemplates, keep_templates
from infra.deploy_cloud import Cloud
from infra.deploy_errors import DeployError
from infra.stage import Stage


def keep_deployed(cloud: Cloud, stage: Stage, package: bytes) -> int:
    """Keep in the stage's table what is new; return how many templates that was."""
    with _programme_in(package, stage) as folder:
        current = CurrentTemplates(load_programme(folder), MailTemplates.load(folder))
        kept = DynamoSentTemplates(Table(cloud.tables, stage.stack))
        return keep_templates(kept, current)


@contextmanager
def _programme_in(package: bytes, stage: Stage) -> Iterator[Path]:
    """Unpack the stage's programme, which is compiled, for as long as it is looked at."""
    prefix = f"{stage.packaged_programme}/"
    with TemporaryDirectory() as place:
        try:
            with ZipFile(io.BytesIO(package)) as archive:
                names = [name for name in archive.namelist() if name.startswith(prefix)]
                archive.extractall(place, names)
        except BadZipFile as error:
            raise DeployError(f"The package is no zip: {error}. Package again") from error
        if not names:
            raise DeployError(f"The package has no {prefix}. Package again")
        yield Path(place) / stage.packaged_programme
