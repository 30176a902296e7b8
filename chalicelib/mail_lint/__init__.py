"""Lint of mails: rules over what a person wrote, and over what a member would get."""
