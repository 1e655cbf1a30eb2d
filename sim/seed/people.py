"""Who works in the city's halls, and the screens and kiosks there; all names are made up."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from kernel.identity import Role
from kernel.identity_tables import DeviceRow, SignInLinkRow, StaffRow, StaffSessionRow
from kernel.ids import StaffId, sign_in_key, uuid7
from kernel.secrets import hash_password, new_token
from queueing.window_tables import ClerkSkillRow
from sim.catalogue import WindowKind
from sim.live.names import person_name
from sim.live.tokens import ClerkKey, HallKeys
from sim.seed.rows import add_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlmodel import Session

    from kernel.ids import HallId
    from kernel.secrets import Vault
    from sim.catalogue import City, HallPlan
    from sim.seed.ids import CityIds, HallIds
    from sim.seed.rows import Values

LASTS = timedelta(days=400)  # a demo left running at high speed still knows its people


def add_people(
    session: Session, city: City, ids: CityIds, *, vault: Vault, at: datetime
) -> tuple[tuple[HallKeys, ...], dict[str, StaffId]]:
    """Write staff, skills, clerks' sessions and devices; return the halls' keys and staff by username.

    Nobody can sign in by password: the one hash belongs to a random password that is thrown away.
    """
    unusable = hash_password(new_token())
    chance = random.Random(1)
    staff = _staff(city, ids)
    add_rows(
        session,
        StaffRow,
        [
            {
                "id": staff_id,
                "username": username,
                "username_key": sign_in_key(username),
                "display_name": person_name(chance),
                "role": role.value,
                "hall_id": hall_id,
                "password_hash": unusable,
                "failed_tries": 0,
                "locked_until": None,
                "disabled": False,
            }
            for username, (staff_id, role, hall_id) in staff.items()
        ],
    )
    halls = tuple(_hall_keys(city.halls[code], own) for code, own in ids.halls.items())
    for keys in halls:
        _add_keys(session, city.halls[keys.code], ids.halls[keys.code], keys, vault=vault, at=at)
    return halls, {username: staff_id for username, (staff_id, _, _) in staff.items()}


def _staff(city: City, ids: CityIds) -> Mapping[str, tuple[StaffId, Role, HallId | None]]:
    people: dict[str, tuple[StaffId, Role, HallId | None]] = {}
    for code in city.halls:
        own = ids.halls[code]
        for number, clerk in enumerate(own.clerks, 1):
            people[_clerk_name(code, number)] = (clerk, Role.CLERK, own.hall)
        people[f"{code}-manager"] = (StaffId(uuid7()), Role.MANAGER, own.hall)
    people["supervisor"] = (StaffId(uuid7()), Role.SUPERVISOR, None)
    people["administrator"] = (StaffId(uuid7()), Role.ADMINISTRATOR, None)
    return people


def _clerk_name(code: str, number: int) -> str:
    return f"{code}-{number:02d}"


def _hall_keys(hall: HallPlan, own: HallIds) -> HallKeys:
    sits = {clerk: label for label, clerk in own.seats.items()}
    return HallKeys(
        code=hall.code,
        kiosk=new_token(),
        lobby=new_token(),
        window=new_token(),
        windows={label: str(window) for label, window in own.windows.items()},
        clerks=tuple(
            ClerkKey(
                id=str(clerk),
                username=_clerk_name(hall.code, number),
                token=new_token(),
                window=sits.get(clerk),
                skills=tuple(str(own.queues[queue]) for queue in _skills(hall, sits.get(clerk))),
            )
            for number, clerk in enumerate(own.clerks, 1)
        ),
    )


def _skills(hall: HallPlan, label: str | None) -> tuple[str, ...]:
    """Return what a clerk was trained for: the equipment of a specialist window, elsewhere everything."""
    for window in hall.windows:
        if window.label == label and window.kind is WindowKind.DEDICATED:
            return window.equipment
    return ()


def _add_keys(
    session: Session, hall: HallPlan, own: HallIds, keys: HallKeys, *, vault: Vault, at: datetime
) -> None:
    add_rows(session, DeviceRow, [_device(own, kind, keys, vault) for kind in ("kiosk", "lobby", "window")])
    add_rows(
        session,
        StaffSessionRow,
        [
            {
                "token_hash": vault.digest(key.token, field="staff_session"),
                "staff_id": clerk,
                "created_at": at,
                "expires_at": at + LASTS,
                "unattended": True,
            }
            for key, clerk in zip(keys.clerks, own.clerks, strict=True)
        ],
    )
    skills = [
        {"staff_id": clerk, "queue_id": own.queues[queue]}
        for key, clerk in zip(keys.clerks, own.clerks, strict=True)
        for queue in _skills(hall, key.window)
    ]
    if skills:
        add_rows(session, ClerkSkillRow, skills)


def _device(own: HallIds, kind: str, keys: HallKeys, vault: Vault) -> Values:
    return {
        "id": own.kiosk if kind == "kiosk" else uuid7(),
        "hall_id": own.hall,
        "kind": kind,
        "name": {"kiosk": "取号机 1", "lobby": "大厅屏 1", "window": f"窗口屏 {_first_window(keys)}"}[kind],
        "token_hash": vault.digest(getattr(keys, kind), field="device"),
        "disabled": False,
        "window": _first_window(keys) if kind == "window" else None,
    }


def _first_window(keys: HallKeys) -> str:
    return next(iter(keys.windows))


def add_links(
    session: Session, staff: Mapping[str, StaffId], usernames: tuple[str, ...], *, vault: Vault, at: datetime
) -> dict[str, str]:
    """Write a sign-in link for each of these people and return their tokens by username."""
    tokens = {username: new_token() for username in usernames}
    add_rows(
        session,
        SignInLinkRow,
        [
            {
                "token_hash": vault.digest(token, field="sign_in_link"),
                "staff_id": staff[username],
                "expires_at": at + LASTS,
            }
            for username, token in tokens.items()
        ],
    )
    return tokens
