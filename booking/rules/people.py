"""A person as booking knows one: phone, name, the tail of an identity; checked, and masked when shown."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers

HOME_REGION = "CN"
LONGEST_NAME = 40
_ID_TAIL = re.compile(r"[0-9]{3}[0-9X]")
_NAME = re.compile(r"[^\x00-\x1f\x7f<>]+")


def normal_phone(text: str) -> str | None:
    """Return a phone number as E.164, or None for what is none; without a country it is China's.

    >>> normal_phone("138 0013 8000"), normal_phone("+852 5123 4567"), normal_phone("12345")
    ('+8613800138000', '+85251234567', None)
    """
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def readable_phone(phone: str) -> str:
    """Return an E.164 number in the groups in which people read and dial it; at home without the country.

    >>> readable_phone("+8613800138000"), readable_phone("+85251234567"), readable_phone("")
    ('138 0013 8000', '+852 5123 4567', '')
    """
    try:
        number = phonenumbers.parse(phone, HOME_REGION)
    except phonenumbers.NumberParseException:
        return phone
    at_home = phonenumbers.region_code_for_number(number) == HOME_REGION
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if at_home else form.INTERNATIONAL)


def normal_name(text: str) -> str | None:
    """Return a name without stray spaces, or None for what is none or too long."""
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    return name if 0 < len(name) <= LONGEST_NAME and _NAME.fullmatch(name) else None


def normal_id_tail(text: str) -> str | None:
    """Return the last four characters of a resident identity number, or None for what is none.

    >>> normal_id_tail("012x"), normal_id_tail("12")
    ('012X', None)
    """
    tail = unicodedata.normalize("NFKC", text).strip().upper()
    return tail if _ID_TAIL.fullmatch(tail) else None


def masked_name(name: str) -> str:
    """Return a name of which only the first and, from three characters on, the last are readable.

    >>> masked_name("王小明"), masked_name("王明"), masked_name("Li")
    ('王*明', '王*', 'L*')
    """
    if len(name) <= 2:
        return name[:1] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def masked_phone(phone: str) -> str:
    """Return an E.164 number of which the last four digits are readable, and the first three at home.

    >>> masked_phone("+8613800138000"), masked_phone("+85251234567")
    ('138****8000', '****4567')
    """
    national = phone.removeprefix("+86")
    return ("" if national == phone else national[:3]) + "****" + phone[-4:]


def phone_tail(phone: str) -> str:
    """Return the last four digits, which a person types at the kiosk."""
    return phone[-4:]
