"""Every column that holds something sealed, and under which name: what an exchange of keys reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from booking.activation.tables import ActivationRow
from booking.licences.giving import holder_field
from booking.licences.tables import LicenceConsentRow
from booking.messages import planning as messages
from booking.messages.tables import MessageContactRow, MessageRow
from booking.mine.keeping import path_field
from booking.mine.sessions import subject_field
from booking.mine.tables import CitizenSessionRow, OwnItemRow
from booking.no_shows import personal as no_shows
from booking.no_shows.tables import NoShowAppealRow
from booking.ratings.service import PHONE_FIELD as CALL_BACK_FIELD
from booking.ratings.store.ratings import TEXT_FIELD as RATING_FIELD
from booking.ratings.tables import CallBackRow, RatingRow
from booking.service import views
from booking.tables import AppointmentRow
from booking.waitlist import store as waiting
from booking.waitlist.tables import WaitlistEntryRow
from booking.webhooks.sending import SECRET_FIELD
from booking.webhooks.tables import WebhookRow
from kernel.idempotency import ANSWER_FIELD
from kernel.identity_tables import SecondFactorRow
from kernel.resealing import SealedColumn
from kernel.second_factor import secret_field
from kernel.work_tables import IdempotencyRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _named(row: Any, column: str, name: str) -> SealedColumn:
    return SealedColumn(row.__table__, column, lambda _row: name)


def _bound(
    row: Any, column: str, by: tuple[str, ...], name: Callable[[Mapping[str, Any]], str]
) -> SealedColumn:
    return SealedColumn(row.__table__, column, name, by)


SEALED = (
    _named(AppointmentRow, "name_sealed", views.NAME_FIELD),
    _named(AppointmentRow, "phone_sealed", views.PHONE_FIELD),
    _named(AppointmentRow, "id_tail_sealed", views.ID_TAIL_FIELD),
    _named(AppointmentRow, "address_sealed", views.ADDRESS_FIELD),
    _named(AppointmentRow, "company_sealed", views.COMPANY_FIELD),
    _named(ActivationRow, "person_sealed", views.PENDING_FIELD),
    _named(WaitlistEntryRow, "name_sealed", waiting.NAME_FIELD),
    _named(WaitlistEntryRow, "phone_sealed", waiting.PHONE_FIELD),
    _named(WaitlistEntryRow, "id_tail_sealed", waiting.ID_TAIL_FIELD),
    _named(WaitlistEntryRow, "address_sealed", waiting.ADDRESS_FIELD),
    _named(MessageContactRow, "phone_sealed", messages.PHONE_FIELD),
    _named(MessageContactRow, "path_sealed", messages.PATH_FIELD),
    _named(MessageRow, "text_sealed", messages.TEXT_FIELD),
    _named(RatingRow, "text_sealed", RATING_FIELD),
    _named(CallBackRow, "phone_sealed", CALL_BACK_FIELD),
    _named(NoShowAppealRow, "words_sealed", no_shows.WORDS_FIELD),
    _named(NoShowAppealRow, "answer_sealed", no_shows.ANSWER_FIELD),
    _named(WebhookRow, "secret_sealed", SECRET_FIELD),
    _named(WebhookRow, "old_secret_sealed", SECRET_FIELD),
    _named(IdempotencyRow, "answer", ANSWER_FIELD),
    _bound(LicenceConsentRow, "holder_sealed", ("subject",), lambda row: holder_field(row["subject"])),
    _bound(
        OwnItemRow,
        "path_sealed",
        ("person", "subject"),
        lambda row: path_field(row["person"], row["subject"]),
    ),
    _bound(
        CitizenSessionRow, "subject_sealed", ("token_hash",), lambda row: subject_field(row["token_hash"])
    ),
    _bound(SecondFactorRow, "secret", ("staff_id",), lambda row: secret_field(row["staff_id"])),
)
