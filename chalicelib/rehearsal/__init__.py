"""A programme through years: members of a file, made-up doings, and the engine's own books."""
