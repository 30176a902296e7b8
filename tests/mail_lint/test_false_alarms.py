"""What looks like a fault to a hasty eye, and is none: the programme stays without a problem."""

import pytest
from mail_lint.broken import BODY, COLUMN, FOOTER, FRAME, STYLE, TEXT, css, text_block

from chalicelib.operations.lint_folder import lint_folder

NAME = "{{ programme.name }}"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (FRAME, STYLE, f"{STYLE} @media (min-width: 480px) {{ .x {{ display: flex; }} }}"),
        (FRAME, STYLE, f"{STYLE} @supports (display: grid) {{ .x {{ display: grid; }} }}"),
        (FRAME, STYLE, f"{STYLE} @font-face {{ font-family: X; src: url(https://x.example/x); }}"),
        (FRAME, STYLE, css("border-radius: 9px; box-shadow: 0 0 9px #000; text-shadow: none;")),
        (FRAME, STYLE, css("max-width: 600px; width: 100%;")),
        (FRAME, STYLE, css("margin: 0 auto; opacity: 1; position: static; transform: none;")),
        (FRAME, STYLE, css("background: #fff url(https://images.example.com/b.png) no-repeat;")),
        (FRAME, STYLE, css("background-color: #fff; background-image: linear-gradient(red, blue)")),
        (FRAME, STYLE, css("background: linear-gradient(red, blue) #ffffff;")),
        (FRAME, STYLE, f"{STYLE} .x {{ color: #000; }} .x:hover {{ color: #111; }}"),
        (FRAME, STYLE, css("font-family: Menlo, 'Courier New', monospace !important;")),
        (BODY, COLUMN, f"<mj-raw><!--[if mso]><script></script><![endif]--></mj-raw>{COLUMN}"),
        (BODY, COLUMN, "<!-- <video></video> -->" + COLUMN),
        (BODY, COLUMN, text_block('<a name="top"></a>')),
        (BODY, COLUMN, text_block("<table><tr><th>1</th></tr></table>")),
        (BODY, COLUMN, text_block('<span style="color:#eee">✦</span>')),
        (BODY, "{% if first_name %}", "{# TODO: ask for the name #}{% if first_name %}"),
        (FOOTER, NAME, f"{NAME} is not an XXXL text, nor a Todo list"),
        (TEXT, "App:", "1 < 2 > 1 & so on, I <3 you; App:"),
        (BODY, '<mj-image src="https://images.example.com/star.png" alt=""',
         '<mj-image src="https://images.example.com/star.png" alt="A star"'),
    ],
)  # fmt: skip
def test_it_is_no_fault(clean, change, file, old, new):
    change(file, old, new)
    problems = lint_folder(clean)
    assert problems == [], list(map(str, problems))


def test_a_style_under_several_selectors_has_its_own_line(clean, change):
    line = change(FRAME, STYLE, f"{STYLE}\n.nowhere,\n.nowhere b,\n.x {{\ndisplay: flex; }}")
    (problem,) = lint_folder(clean)
    assert (problem.file, problem.line) == (str(clean / FRAME), line + 4)


def test_members_data_is_never_taken_for_what_the_author_wrote(clean, change):
    """Names may hold markup, addresses, exclamation marks, and words that are left over."""
    change("samples.yaml", "first_name: Anna", 'first_name: "<b>TODO</b> http://x.example &amp;!"')
    assert lint_folder(clean) == []
