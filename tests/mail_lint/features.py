"""A broken programme for each feature that a big mail program does without."""

from mail_lint.broken import BODY, COLUMN, FRAME, STYLE, Broken, css, text_block

from chalicelib.domain.lint_rules import LintRule

IMAGE = "https://images.example.com/star.png"
IN_BODY = {
    "<script>": "<script></script>",
    "<iframe>": '<iframe src="https://example.com"></iframe>',
    "<embed>": '<embed src="https://example.com/a" />',
    "<object>": '<object data="https://example.com/a"></object>',
    "<video>": '<video src="https://example.com/a.mp4"></video>',
    "<audio>": '<audio src="https://example.com/a.mp3"></audio>',
    "<svg>": '<svg width="9"><circle r="4"></circle></svg>',
    "<canvas>": "<canvas></canvas>",
    "<form>": '<form action="https://example.com"></form>',
    "<input>": '<input type="text" />',
    "<select>": "<select></select>",
    "<textarea>": "<textarea></textarea>",
    "<button>": "<button></button>",
    "<link>": '<link rel="stylesheet" href="https://example.com/a.css" />',
    "<style> in the body": "<style>p {}</style>",
    "<base>": '<base href="https://example.com/" />',
    "an event handler": '<p onclick="go()"></p>',
}
IN_STYLES = {
    "position": "position: absolute",
    "display:flex": "display: flex",
    "display:grid": "display: inline-grid",
    "a negative margin": "margin: 0 -4px",
    "transform": "transform: rotate(3deg)",
    "animation": "animation: turn 2s",
    "opacity": "opacity: 0.5",
    "object-fit": "object-fit: cover",
    "max-width without width": "max-width: 600px",
    "a CSS variable": "border-color: var(--ink)",
    "calc()": "width: calc(100% - 9px)",
    "the unit vw or vh": "width: 90vw",
}
OF_IMAGES = {
    "an image in the address": "data:image/png;base64,AAAA",
    "an SVG image": IMAGE.replace("png", "svg"),
    "a WebP image": IMAGE.replace("png", "webp"),
    "an AVIF image": IMAGE.replace("png", "avif"),
}
OTHER = {
    "@import": f"@import url(https://example.com/a.css); {STYLE}",
    "what only :hover shows": f"{STYLE} .tip {{ display: none; }} .tip:hover {{ display: block; }}",
}
RULE = LintRule.CLIENT_SUPPORT
BY_FEATURE = {
    **{name: Broken(RULE, BODY, COLUMN, text_block(html), 0) for name, html in IN_BODY.items()},
    **{name: Broken(RULE, FRAME, STYLE, css(f"{code};")) for name, code in IN_STYLES.items()},
    **{name: Broken(RULE, BODY, IMAGE, source) for name, source in OF_IMAGES.items()},
    **{name: Broken(RULE, FRAME, STYLE, code) for name, code in OTHER.items()},
}
OF_FEATURES = list(BY_FEATURE.values())
