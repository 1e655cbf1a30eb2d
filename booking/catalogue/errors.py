"""Refusals of a change of the catalogue."""

from __future__ import annotations

from kernel.errors import Conflict


class CatalogueChangedMeanwhile(Conflict):
    code, title = "catalogue-changed-meanwhile", "Somebody else changed the catalogue meanwhile."
    help = "Compare again and look at what your files would change now."


class CatalogueWouldBreak(Conflict):
    code, title = "catalogue-would-break", "People still wait for what this catalogue takes away."
    help = "Each line says what would help; import the same files again afterwards."
