"""How far somebody of the staff may read: reports and lists of a hall, or of the whole city."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel import catalogue
from kernel.identity import Role, WrongHall

if TYPE_CHECKING:
    from sqlmodel import Session

    from kernel.catalogue import Hall
    from kernel.identity import Staff

CITY_ROLES = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})


def hall_to_look_into(session: Session, code: str, reader: Staff) -> Hall:
    """Return a hall whose desk pages this person may see; raises ``HallNotFound``, ``WrongHall``."""
    hall = catalogue.hall_by_code(session, code)
    if not reader.may_look_into(hall.id):
        raise WrongHall(hall=code)
    return hall


def hall_in_reach(session: Session, code: str | None, reader: Staff) -> Hall | None:
    """Return the hall that somebody asked for, None for the whole city.

    A manager reads the own hall only, whoever answers for the city all of them. Raises ``HallNotFound``,
    ``WrongHall``.
    """
    if code is None:
        if reader.role not in CITY_ROLES:
            raise WrongHall
        return None
    return hall_to_look_into(session, code, reader)
