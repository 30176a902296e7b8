"""The pictures of a programme: found, named by their bytes, or refused."""

import shutil
import struct
from pathlib import Path

import pytest

from chalicelib.compile_programme import write_compiled
from chalicelib.domain.journey import Programme
from chalicelib.mail.sources import read_theme
from chalicelib.mail.templates import MailTemplates
from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.images import MAX_IMAGE_BYTES, PNG, image_files, served_name
from chalicelib.programme.lint import lint_programme
from chalicelib.programme.loader import load_programme

SHIPPED = Path(__file__).parents[2] / "templates" / "airline-bonus"
OURS = sorted((SHIPPED / "images").glob("*.png"))
MAX_OURS_BYTES, MAX_OURS_TOGETHER_BYTES = 40_000, 200_000


@pytest.fixture(scope="module")
def programme() -> Programme:
    return load_programme(SHIPPED)


def copy_with(folder, name, content):
    shutil.copytree(SHIPPED, folder)
    (folder / "images" / name).write_bytes(content)
    return folder


def size_of(path):
    """Return width and height, which a PNG tells in its first part."""
    return struct.unpack(">II", path.read_bytes()[16:24])


def test_a_name_tells_the_bytes():
    assert served_name("hero", PNG) != served_name("hero", PNG + b"1")
    assert served_name("hero", PNG) == served_name("hero", PNG)


def test_what_lies_in_a_folder_below_is_no_picture(programme):
    assert set(programme.images) == {path.stem for path in OURS}


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("Hero.png", PNG, "can't name it"),
        ("hero-1.png", PNG, "can't name it"),
        ("hero.png", b"GIF89a", "no PNG"),
        ("hero.png", PNG + bytes(MAX_IMAGE_BYTES), "over"),
    ],
)
def test_a_picture_that_no_mail_could_show_is_a_problem_of_its_file(tmp_path, name, content, fault):
    folder = copy_with(tmp_path / "p", name, content)
    with pytest.raises(ProgrammeError, match=fault) as caught:
        image_files(folder)
    [problem] = caught.value.problems
    assert problem.file == str(folder / "images" / name)
    told = {(each.file, each.what) for each in lint_programme(folder)}
    assert (problem.file, problem.what) in told


def test_lint_knows_the_pictures_that_there_are(tmp_path):
    folder = copy_with(tmp_path / "p", "extra.png", PNG)
    body = folder / "mails" / "app" / "body.mjml"
    body.write_text(body.read_text().replace("images.hero_app", "images.hero_ap"))
    [problem] = lint_programme(folder)
    assert problem.what == "unknown picture 'hero_ap'"
    assert problem.cure == "Did you mean hero_app?"


def test_a_mail_names_a_picture_where_the_engine_serves_it(programme):
    urls = programme.image_urls("https://miles.example.com/api")
    assert (
        urls["hero_app"] == f"https://miles.example.com/api/m/images/{programme.images['hero_app']}"
    )


def test_a_mail_names_a_picture_where_the_programme_says(tmp_path):
    folder = tmp_path / "p"
    shutil.copytree(SHIPPED, folder)
    file = folder / "programme.yaml"
    file.write_text(file.read_text() + "images_url: https://cdn.example.com/mails/\n")
    programme = load_programme(folder)
    urls = programme.image_urls("https://miles.example.com")
    assert urls["hero_app"] == f"https://cdn.example.com/mails/{programme.images['hero_app']}"


def test_a_compiled_programme_has_the_same_pictures(tmp_path, programme):
    write_compiled(SHIPPED, tmp_path / "compiled")
    assert load_programme(tmp_path / "compiled").images == programme.images
    templates = MailTemplates.load(tmp_path / "compiled")
    for path in OURS:
        assert templates.image(path.stem) == path.read_bytes()


def test_our_pictures_are_small():
    sizes = {path.name: path.stat().st_size for path in OURS}
    assert OURS
    assert max(sizes.values()) <= MAX_OURS_BYTES, sizes
    assert sum(sizes.values()) <= MAX_OURS_TOGETHER_BYTES, sizes


def test_our_pictures_are_drawn_for_screens_with_two_dots_a_pixel():
    width = int(read_theme(SHIPPED / "theme.yaml")["shape.width"].removesuffix("px"))
    assert {size_of(path)[0] for path in OURS} == {2 * width}


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.stem)
def test_each_of_our_pictures_has_its_drawing(path):
    assert (SHIPPED / "images" / "source" / f"{path.stem}.svg").is_file()
