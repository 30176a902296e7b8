"""Runs of the whole engine in which the truth is known, to see if the verdict is true, too."""
