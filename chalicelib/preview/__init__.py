"""What the people who make mails look at: a live gallery, and pictures of every mail."""
