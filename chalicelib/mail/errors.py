"""What can go wrong between a template and a MIME message.

One root, so that the sender can tell "this mail cannot be made" from a fault of the network.
No retry helps with any of them: the template, the programme or the member's data must change.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.domain.problem import Problem


class MailError(Exception):
    """The mail cannot be made; the message says which, why, and how to mend it."""


class TemplateSourceError(MailError):
    """A source file cannot be read or compiled. `problem` says where and how to mend it."""

    def __init__(self, problem: "Problem") -> None:
        super().__init__(str(problem))
        self.problem = problem


class RenderError(MailError):
    """A template that compiles failed on these values: a name is missing, or a rule is broken."""


class TooLargeError(MailError):
    """A template's source or output is over its bound."""


class HeaderError(MailError):
    """A header's value would not be one line of text that the header allows."""


class AddressError(MailError):
    """An e-mail address that cannot be written with an ASCII local part and an IDNA domain."""
