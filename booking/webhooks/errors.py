"""Refusals about webhooks."""

from __future__ import annotations

from kernel.errors import Conflict, Invalid, NotFound


class WebhookNotFound(NotFound):
    code, title = "webhook-not-found", "There is no such webhook."
    help = "GET /api/v1/webhooks lists them; it may have been removed meanwhile."
    help_on_page = "The list of webhooks shows those that are there; it may have been removed meanwhile."


class DeliveryNotFound(NotFound):
    code, title = "webhook-delivery-not-found", "There is no such delivery any more."
    help = "What was delivered is kept for two days, what was set aside for fourteen."


class WebhookAddressRefused(Invalid):
    """``why``: not-an-address, not-https, has-password, has-fragment or private."""

    code, title = "webhook-address-refused", "Deliveries may not go to this address."
    help = (
        "It begins with https://, holds no password and lies outside this network; "
        "whoever runs the system may name hosts inside."
    )


class WebhookNotPossible(Conflict):
    code, title = "webhook-not-possible", "This cannot be done with the webhook as it stands."
    help = "Look at its state again; a webhook that is paused is resumed first."


class TooManyWebhooks(Conflict):
    code, title = "too-many-webhooks", "There are as many webhooks as there may be."
    help = "Remove one that is no longer needed."
