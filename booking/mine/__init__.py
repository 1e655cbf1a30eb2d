"""What is a citizen's own, reached without links: signed in, or by the telephone number left at booking."""
