"""Whether a mail names anything of a group is told by its templates."""

from functional.worlds import FOLDER, load_templates

from chalicelib.mail.compiled_mails import CompiledMail
from chalicelib.mail.templates import MailTemplates


def test_the_shipped_mails_name_balances_only_where_they_show_some():
    templates = load_templates(FOLDER)
    assert templates.names_group("welcome", "en", "links")
    assert not templates.names_group("welcome", "en", "standing")


def test_a_group_is_found_in_any_part_and_however_deep():
    formats = next(iter(load_templates(FOLDER).languages.values()))
    parts = {"subject": ["Hello"], "text": [["if", ["not", ["key", "standing", "at_risk"]], []]]}
    mail = CompiledMail(name="hello", language="en", parts=parts, formats=formats)
    templates = MailTemplates.of(mail)
    assert templates.names_group("hello", "en", "standing")
    assert not templates.names_group("hello", "en", "balances")
