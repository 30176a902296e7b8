"""The page about the template is what the template is made from."""

from infra import reference


def test_the_page_about_the_template_is_fresh():
    """Mend with: python -m infra.reference."""
    assert reference.FILE.read_text(encoding="utf-8") == reference.page()
