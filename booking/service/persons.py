"""Who comes: what is filled in, what cannot be right about it, and how it is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from booking.errors import CompanyCodeInvalid, IdNumberInvalid, IdTailNeeded, NameInvalid, PhoneInvalid
from booking.meeting.errors import AddressInvalid
from booking.rules.holders import normal_company_code, normal_id_number
from booking.rules.meeting import AppointmentKind, normal_address
from booking.rules.people import normal_id_tail, normal_name, normal_phone
from booking.service.views import (
    ADDRESS_FIELD,
    COMPANY_FIELD,
    ID_NUMBER_FIELD,
    ID_TAIL_FIELD,
    NAME_FIELD,
    PHONE_FIELD,
)
from kernel.i18n import DEFAULT_LOCALE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kernel.errors import Invalid
    from kernel.secrets import Vault


@dataclass(frozen=True, slots=True)
class Person:
    """What the citizen fills in; ``id_tail`` is kept only if a service needs it.

    ``locale`` is the language in which they are reminded: zh or en. ``company``: the credit code of whom they
    come for. ``id_number`` is never kept, only a keyed hash of it, by which an ID card checks in; while a
    code is awaited it lies sealed with the rest. ``for_other``: the name is that of a relative who comes,
    the number that of whoever books and answers for it. ``address``: where to come to, kept of a home visit.
    """

    name: str
    phone: str
    id_tail: str | None = None
    priority: bool = False
    locale: str = DEFAULT_LOCALE
    company: str | None = None
    id_number: str | None = None
    for_other: bool = False
    address: str | None = None

    @property
    def tail(self) -> str | None:
        """The last four characters of the identity number, as typed or out of the whole one."""
        number = normal_id_number(self.id_number or "")
        return normal_id_tail(self.id_tail or (number[-4:] if number else ""))


class Asked(Protocol):
    """A service as far as it asks something of who comes."""

    @property
    def code(self) -> str: ...
    @property
    def needs_id_tail(self) -> bool: ...


def sealed_of(
    person: Person,
    services: Sequence[Asked],
    *,
    vault: Vault,
    kind: AppointmentKind = AppointmentKind.HALL,
    needs_phone: bool = True,
) -> tuple[str | None, dict[str, bytes]]:
    """Return the phone number (None for none) and the sealed fields.

    Raises the first of what cannot be right.
    """
    for wrong in faults_of(person, services, kind=kind, needs_phone=needs_phone):
        raise wrong
    phone, name = normal_phone(person.phone), normal_name(person.name) or ""
    sealed = {"name_sealed": vault.seal(name, field=NAME_FIELD)}
    if phone is not None:
        sealed["phone_sealed"] = vault.seal(phone, field=PHONE_FIELD)
    if company := normal_company_code(person.company or ""):
        sealed["company_sealed"] = vault.seal(company, field=COMPANY_FIELD)
    if number := normal_id_number(person.id_number or ""):
        sealed["id_hash"] = vault.digest(number, field=ID_NUMBER_FIELD)
    if kind is AppointmentKind.HOME:
        address = normal_address(person.address or "") or ""
        sealed["address_sealed"] = vault.seal(address, field=ADDRESS_FIELD)
    tail = person.tail
    if tail is not None and any(service.needs_id_tail for service in services):
        sealed["id_tail_sealed"] = vault.seal(tail, field=ID_TAIL_FIELD)
    return phone, sealed


def faults_of(
    person: Person,
    services: Sequence[Asked],
    *,
    kind: AppointmentKind = AppointmentKind.HALL,
    needs_phone: bool = True,
) -> list[Invalid]:
    """Return all that cannot be right about a person, so that a form can say it at once.

    ``needs_phone``: False at a help desk, which takes an empty number for "has none" where nobody is to be
    called.
    """
    faults: list[Invalid] = []
    reached_by_it = kind is AppointmentKind.PHONE
    has_none = not needs_phone and not reached_by_it and not person.phone.strip()
    if not has_none and normal_phone(person.phone) is None:
        faults.append(PhoneInvalid(field="phone"))
    if normal_name(person.name) is None:
        faults.append(NameInvalid(field="name"))
    if kind is AppointmentKind.HOME and normal_address(person.address or "") is None:
        faults.append(AddressInvalid(field="address"))
    needing = [service.code for service in services if service.needs_id_tail]
    if needing and person.tail is None:
        faults.append(IdTailNeeded(field="id_tail", services=needing))
    if (person.company or "").strip() and normal_company_code(person.company or "") is None:
        faults.append(CompanyCodeInvalid(field="company"))
    if (person.id_number or "").strip() and normal_id_number(person.id_number or "") is None:
        faults.append(IdNumberInvalid(field="id_number"))
    return faults
