"""Refusals of the pages."""

from __future__ import annotations

from kernel.errors import NotFound, NotSignedIn


class AssetNotFound(NotFound):
    code, title = "asset-not-found", "There is no such file."
    help = "Reload the page; it names its files itself."


class VoiceMissing(NotFound):
    code, title = "voice-missing", "This call cannot be spoken here."
    help = "Only calls on the board are spoken, and only where the operator has installed espeak-ng."


class ProblemPageMissing(NotFound):
    code, title = "problem-page-missing", "There is no page about this problem."


class DeviceUnknown(NotSignedIn):
    code, title = "device-unknown", "This screen is not registered in this hall."
    help = "Open the link that the hall's administrator has for this device."
