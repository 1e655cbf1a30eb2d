"""The app of one API process, for uvicorn: ``uvicorn --factory app.serve:app``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.logs import configure_logs
from app.main import create_app
from app.parts import parts_of
from kernel.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI


def app() -> FastAPI:
    """Return the app over this installation's parts."""
    settings = Settings()
    configure_logs(settings.log_level)
    return create_app(parts_of(settings))
