"""That the shipped mails can be read by eye: contrast of the theme in both schemes."""

from pathlib import Path

import pytest

from chalicelib.mail.sources import read_theme

THEME = read_theme(Path(__file__).parents[2] / "templates" / "airline-bonus" / "theme.yaml")
LEAST_CONTRAST = 4.5  # WCAG 2.2, level AA, for text of any size


def luminance(colour):
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_the_greatest_contrast():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["colours", "dark"])
@pytest.mark.parametrize("ground", ["page", "paper", "panel"])
@pytest.mark.parametrize("text", ["ink", "muted", "link", "ember"])
def test_text_stands_out_from_its_ground(scheme, ground, text):
    assert contrast(THEME[f"{scheme}.{ground}"], THEME[f"{scheme}.{text}"]) >= LEAST_CONTRAST


@pytest.mark.parametrize("scheme", ["colours", "dark"])
@pytest.mark.parametrize("text", ["night_text", "night_muted", "lamp"])
def test_the_card_can_be_read(scheme, text):
    assert contrast(THEME[f"{scheme}.night"], THEME[f"colours.{text}"]) >= LEAST_CONTRAST


@pytest.mark.parametrize("scheme", ["colours", "dark"])
def test_the_button_can_be_read(scheme):
    assert contrast(THEME[f"{scheme}.button"], THEME[f"{scheme}.button_text"]) >= LEAST_CONTRAST
