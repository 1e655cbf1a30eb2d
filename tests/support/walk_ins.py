"""People who take a number at the kiosk of the small city's first hall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kernel.identity import Actor, Role
from queueing import service

if TYPE_CHECKING:
    from kernel.clock import Clock
    from kernel.database import Database
    from kernel.secrets import Vault
    from queueing.service.views import IssuedTicket
    from tests.support.small_city import SmallCity


def walk_in(database: Database, city: SmallCity, *, clock: Clock, vault: Vault) -> IssuedTicket:
    """Let somebody come for an identity card, without priority."""
    return database.write_now(
        service.issue_ticket,
        city.hall,
        [city.services["id-card"]],
        priority=False,
        by=Actor(Role.DEVICE),
        clock=clock,
        vault=vault,
    )
