import pytest
from pydantic import ValidationError

from chalicelib.domain.events import EventType
from chalicelib.domain.member import ATTRIBUTES
from chalicelib.domain.reasons import Reason
from chalicelib.programme.outline import fields_of, outline
from chalicelib.programme.reference import FILE, reference
from chalicelib.programme.yaml_tree import read_tree

FIELDS = [
    (section, key, field)
    for section in outline().values()
    for key, field in fields_of(section).items()
]


def test_the_reference_is_what_the_code_says():
    """Mend with: python -m chalicelib.programme.reference."""
    assert FILE.read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize(("section", "key", "field"), FIELDS)
def test_every_field_is_described_in_a_sentence(section, key, field):
    assert field.description.endswith(".")
    assert "|" not in field.description


def test_every_example_is_accepted_where_it_stands(tmp_path):
    rows = [line.split(" | ") for line in reference().splitlines() if line.startswith("| `")]
    examples = [row[4].removesuffix(" |").strip("`") for row in rows if len(row) == 5]
    assert len(examples) == len(FIELDS)
    for (section, key, _), example in zip(FIELDS, examples, strict=True):
        if not example:
            assert key == "journeys"
            continue
        (tmp_path / "example.yaml").write_text(example, encoding="utf-8")
        with pytest.raises(ValidationError) as refused:
            section.model_validate(read_tree(tmp_path / "example.yaml").data | {"unknown": 1})
        faults = {error["type"] for error in refused.value.errors()}
        assert faults <= {"missing", "extra_forbidden"}, example


@pytest.mark.parametrize("word", [*EventType, *ATTRIBUTES, *Reason])
def test_the_closed_vocabularies_are_there_in_full(word):
    assert f"`{word}`" in reference()
