"""The closed vocabulary of lint: every rule that a programme and its mails are held to.

A rule is a name and one sentence. Why it is a rule, and how to mend what breaks it, is in the
lint's own data (`chalicelib/mail_lint/explanations.yaml`); nothing is refused without a rule.
"""

from enum import StrEnum
from typing import Self


class LintRule(StrEnum):
    """What a programme's files may be refused for."""

    sentence: str

    def __new__(cls, name: str, sentence: str) -> Self:
        rule = str.__new__(cls, name)
        rule._value_ = name
        rule.sentence = sentence
        return rule

    # The programme.
    PROGRAMME = "programme", "programme.yaml can be read, and says what can be run."
    UNMEASURED_GOAL = "unmeasured-goal", "Every goal is measured by a journey that asks for it."
    UNREACHED_STEP = "unreached-step", "Every step is reached by some member."
    MAIL_FOLDER = "mail-folder", "Every step's mail is written, and every mail is sent by a step."
    SAMPLE = "sample", "Sample members have what the programme declares, and nothing else."
    # The templates.
    SYNTAX = "syntax", "Every template can be read and compiled."
    UNBALANCED_CONDITION = (
        "unbalanced-condition",
        "Every condition ends in the file and in the element in which it begins.",
    )
    UNDEFINED_NAME = "undefined-name", "A template reads only names that are declared."
    NOT_RENDERED = "not-rendered", "Every mail can be made for every sample in every language."
    MISSING_PAGE = "missing-page", "Every page that the links of a mail open is there."
    # Translations.
    MISSING_TRANSLATION = "missing-translation", "Every text is translated into every language."
    FUZZY_TRANSLATION = "fuzzy-translation", "No translation is marked as one to look at again."
    PLURAL_FORMS = "plural-forms", "A translation has all the plural forms of its language."
    PLACEHOLDER = "placeholder", "A translation has the values of its source, and no others."
    MARKUP = "markup", "A translation has the markup of its source."
    UNUSED_TRANSLATION = "unused-translation", "Every translation is of a text that some mail has."
    # Links.
    NO_UNSUBSCRIBE = "no-unsubscribe", "Every copy, in HTML and in text, can be unsubscribed from."
    NO_WEB_COPY = "no-web-copy", "Every copy, in HTML and in text, links to its web copy."
    UNTRACKED_LINK = "untracked-link", "Every web address in a mail is one of `links`."
    EMPTY_LINK = "empty-link", "Every link leads somewhere."
    INSECURE_LINK = "insecure-link", "Web addresses are https."
    UNKNOWN_SCHEME = "unknown-scheme", "Links are https, mailto, tel or sms."
    LINK_NOT_IN_TEXT = "link-not-in-text", "Every link of the HTML is in the text part too."
    VAGUE_LINK_TEXT = "vague-link-text", "A link's own text says where it leads."
    SILENT_LINK = "silent-link", "Every link has a text, or an image with an alt text."
    # Images.
    IMAGE_ALT = "image-alt", "Every image has an alt attribute."
    IMAGE_SIZE = "image-size", "Every image says how large it is."
    INSECURE_IMAGE = "insecure-image", "Images are fetched over https."
    HEAVY_IMAGE = "heavy-image", "No image that is shipped with the programme is too heavy."
    IMAGE_ONLY = "image-only", "A mail with images says in text what it has to say."
    BACKGROUND_FALLBACK = "background-fallback", "Behind a background image there is a colour."
    # Subject and preheader.
    EMPTY_HEADLINE = "empty-headline", "Subject and preheader say something to every sample."
    LONG_HEADLINE = "long-headline", "Subject and preheader are short enough for an inbox."
    SHOUTING = "shouting", "Subject and preheader are not in capitals."
    EXCLAMATION_MARKS = "exclamation-marks", "A subject has one exclamation mark at most."
    FAKE_REPLY = "fake-reply", "A subject does not pretend to be an answer or a forwarded mail."
    SPAM_WORDS = "spam-words", "Subject and preheader have no words that mark spam."
    TOO_MANY_EMOJI = "too-many-emoji", "A subject has one emoji at most."
    CONTROL_CHARACTER = "control-character", "Subject and preheader have no unseen characters."
    REPEATED_PREHEADER = "repeated-preheader", "The preheader says more than the subject."
    # The text part.
    NO_TEXT = "no-text", "Every mail has a text body of its own."
    TEXT_INCOMPLETE = "text-incomplete", "The text part says what the HTML says."
    MARKUP_IN_TEXT = "markup-in-text", "The text part has no tags and no entities."
    # What mail programs make of the HTML.
    TOO_LARGE = "too-large", "The HTML is small enough not to be clipped."
    STYLE_TOO_LARGE = "style-too-large", "The <style> elements are small enough to be kept."
    CLIENT_SUPPORT = "client-support", "A mail leans on nothing that big mail programs lack."
    FONT_FALLBACK = "font-fallback", "Every font list ends in a font that every machine has."
    # Reading with eyes and ears.
    CONTRAST = "contrast", "Text stands out against what is behind it, in every scheme."
    NO_LANGUAGE = "no-language", "The HTML says which language it is in."
    NO_TITLE = "no-title", "The HTML has a title."
    HEADING_ORDER = "heading-order", "Headings begin with the first level and leave none out."
    TABLE_ROLE = "table-role", "Tables that lay out say so, so that they are not read as data."
    # What is said.
    LEFTOVER = "leftover", "Nothing is left over from writing."
    HOLLOW_TEXT = "hollow-text", "Texts are whole also for a member of whom nothing is known."
