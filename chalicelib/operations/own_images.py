"""A mail with its pictures inside: for pages that nothing serves, or that may load nothing."""

from base64 import b64encode
from collections.abc import Mapping

from chalicelib.domain.journey import Programme
from chalicelib.mail.templates import MailTemplates


def images_by_url(
    programme: Programme, templates: MailTemplates, base_url: str
) -> Mapping[str, bytes]:
    """Return the programme's pictures by the addresses that its mails give them."""
    urls = programme.image_urls(base_url)
    return {url: templates.image(name) for name, url in urls.items()}


def with_own_images(html: str, images: Mapping[str, bytes]) -> str:
    """Carry the programme's pictures, given by address, inside the page."""
    for url, image in images.items():
        if url in html:
            html = html.replace(url, f"data:image/png;base64,{b64encode(image).decode()}")
    return html
