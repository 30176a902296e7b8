"""The ports filled: AWS, and in-memory twins."""
