import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.programme.errors import ProgrammeError
from chalicelib.programme.yaml_tree import MAX_BYTES, MAX_DEPTH, read_tree


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("yaml") / "programme.yaml"


def read(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_tree(path)


def refusal(path, text):
    with pytest.raises(ProgrammeError) as refused:
        read(path, text)
    (problem,) = refused.value.problems
    assert problem.file == str(path)
    return problem


def test_text_is_text_and_only_whole_numbers_are_numbers(path):
    text = "on: yes\nfrom: 21:00\nshare: 50%\nday: 2027-01-01\namount: 500\nquoted: '7'\nnone: ~\n"
    assert read(path, text).data == {
        "on": "yes",
        "from": "21:00",
        "share": "50%",
        "day": "2027-01-01",
        "amount": 500,
        "quoted": "7",
        "none": "~",
    }


def test_every_value_knows_the_line_of_its_key_or_list_item(path):
    tree = read(path, "a:\n  b:\n    - x\n    - c: >-\n        long\n        text\n      d: 1\n")
    assert tree.lines == {
        (): 1,
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "b", 0): 3,
        ("a", "b", 1): 4,
        ("a", "b", 1, "c"): 4,
        ("a", "b", 1, "d"): 7,
    }
    assert tree.problem(("a", "b", 1, "missing"), "what", "cure").line == 4


@pytest.mark.parametrize(
    ("text", "line", "what", "cure"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "`a` stands here twice", "Keep one; the other is on line 1"),
        ("a: &x 1\n", 1, "an anchor (&) is not read here", "Delete it"),
        ("a: 1\nb: *x\n", 2, "an alias (*) is not read here", "Write the value out"),
        (
            "a: 1\nb: !!python/name:os.system x\n",
            2,
            "a tag (!) is not read here",
            "Delete it, or quote the text",
        ),
        ("a: 1\n---\nb: 2\n", 2, "a second document begins", "Delete it, with the line ---"),
        ("a: 1\n? [b, c]\n: 2\n", 2, "a key has to be one word", "Check indents and braces"),
        (
            "a: 1\nb\nc: 2\n",
            3,
            "this is no YAML: while scanning a simple key could not find expected ':'",
            "Check indents, colons and quotes",
        ),
        ("a: 1\nb: \x07\n", 2, "a character that YAML forbids", "Delete it and type it anew"),
        (b"a: 1\nb: \xff\n", 2, "the file is not UTF-8", "Save it as UTF-8"),
        (
            "a: 1\n" + "#" * MAX_BYTES,
            1,
            "the file is too large",
            f"Keep it within {MAX_BYTES} bytes",
        ),
        ("a:\n  " + "[" * 5000, 2, "values are nested too deep", "Take levels out"),
    ],
)
def test_what_no_programme_needs_is_refused_at_its_line(path, text, line, what, cure):
    problem = refusal(path, text)
    assert (problem.line, problem.what, problem.cure) == (line, what, cure)


def test_the_deepest_allowed_nesting_is_read(path):
    assert read(path, "[" * MAX_DEPTH + "x" + "]" * MAX_DEPTH).data
    assert refusal(path, "[" * (MAX_DEPTH + 1) + "x" + "]" * (MAX_DEPTH + 1)).line == 1


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor(path):
    rows = ["a: &a [x, x]"] + [
        f"{n}: &{n} [*{p}, *{p}]" for p, n in zip("abcdef", "bcdefg", strict=True)
    ]
    assert refusal(path, "\n".join(rows)).line == 1


def test_a_missing_file_is_a_problem(tmp_path):
    with pytest.raises(ProgrammeError, match="can't be read: No such file"):
        read_tree(tmp_path / "programme.yaml")


def test_an_empty_file_has_no_data(path):
    assert read(path, "# nothing\n").data is None


@given(st.binary(max_size=200) | st.text("ab:- \n[]{}&*!|>'\"#%@?,~", max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_at_one_of_their_lines(path, raw):
    try:
        read(path, raw)
    except ProgrammeError as error:
        (problem,) = error.problems
        assert 1 <= problem.line <= len(raw.splitlines()) + 1
        assert problem.cure
