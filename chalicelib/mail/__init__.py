"""From template and member to MIME."""
