"""The folder that Chalice packages: the application as Lambda needs it, and nothing else.

Chalice takes everything that lies in chalicelib and vendor, so what must not be in the package
must not be in the folder.
"""

import json
import shutil
from pathlib import Path

from chalicelib.compile_programme import compile_programme
from chalicelib.programme.loader import load_programme
from infra.functions import FUNCTIONS
from infra.modules import modules_behind
from infra.policies import policy_of
from infra.stage import ROOT, Stage, StageError

SOURCE_READERS = (
    "chalicelib/mail/source_mails.py",
    "chalicelib/programme/images.py",
    "chalicelib/programme/source.py",
)
"""What reads a programme as it is written. A package has compiled programmes alone."""
CONFIG = ROOT / ".chalice" / "config.json"


def stage_build(stage: Stage, build: Path) -> None:
    """Make the folder ``build``."""
    programmes = programmes_of(stage)
    check_sender(stage, load_programme(programmes[stage.packaged_programme]).sender.address)
    build.mkdir(parents=True)
    _application(build)
    for name, folder in programmes.items():
        _compile(folder, build / "vendor" / name)
    _configuration(stage, build / ".chalice")
    shutil.copy(ROOT / "requirements.txt", build)


def _application(build: Path) -> None:
    entry = ROOT / "app.py"
    readers = [ROOT / name for name in SOURCE_READERS]
    for file in (entry, *modules_behind(entry, ROOT, readers)):
        target = build / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def programmes_of(stage: Stage) -> dict[str, Path]:
    """Return the folder of every programme in the package by its name there."""
    own = ROOT / stage.programme
    if not (own / "programme.yaml").is_file():
        raise StageError(f"Stage {stage.name}: programme: {own} has no programme.yaml")
    shipped = (path.parent for path in ROOT.glob("templates/*/programme.yaml"))
    return {f"templates/{folder.name}": folder for folder in (*shipped, own)}


def check_sender(stage: Stage, address: str) -> None:
    """Refuse a programme whose mails the stage's functions would not be allowed to send."""
    domain = address.rpartition("@")[2]
    if domain != stage.sender_domain and not domain.endswith(f".{stage.sender_domain}"):
        raise StageError(
            f"Stage {stage.name}: sender_domain is {stage.sender_domain}, and {stage.programme} "
            f"sends from {address}. Change one of them"
        )


def architecture_of(stage: Stage) -> str:
    """Return the processor that Chalice makes the stage's package for."""
    config = json.loads(CONFIG.read_text(encoding="utf-8"))
    own = config["stages"].get(stage.name, {})
    return str(own.get("lambda_architecture") or config["lambda_architecture"])


def _compile(source: Path, target: Path) -> None:
    """Compile the programme, so that the package needs nothing that only reads sources."""
    target.parent.mkdir(parents=True, exist_ok=True)
    compile_programme(source, target)


def _configuration(stage: Stage, target: Path) -> None:
    """Write Chalice's settings as the repository has them, and a policy for each function."""
    target.mkdir()
    shutil.copy(CONFIG, target)
    for function in FUNCTIONS:
        document = json.dumps(policy_of(stage, function), indent=2)
        (target / f"policy-{function.name}.json").write_text(document, encoding="utf-8")
