"""``python -m app`` is the ``jinban`` command."""

from app.cli import main

main()
