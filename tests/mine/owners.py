"""Those who open their own list: signed in, or by a code to their number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from booking.messages import planning
from booking.messages.tables import MessageContactRow, MessageRow
from booking.mine import codes, listing, opening, owned, sessions
from booking.mine.codes import CodeAsked
from booking.mine.sessions import Known, citizen_hash
from booking.mine.tables import CitizenCodeRow, CitizenSessionRow, OwnItemRow
from booking.rules.own_list import About, Part, Way
from booking.waitlist import service as waitlist
from kernel.clock import wall
from tests.booking.booking_city import PHONES, person
from tests.booking.desk import ELDER, TEN
from tests.waitlist.waiters import SOCIAL, Waiters, times

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

ISSUER = "https://id.example"


class Owners(Waiters):
    """The use cases of the own list with their parts filled in."""

    def person(self, name: str = "person-1") -> bytes:
        return citizen_hash(ISSUER, name, self.vault)

    def sign_in(self, name: str = "person-1", instead_of: str = "") -> str:
        return self.database.write_now(
            sessions.open_list, Way.SIGNED_IN, self.person(name), instead_of=instead_of,
            wall=wall(self.clock), vault=self.vault,
        )  # fmt: skip

    def known(self, *tokens: str) -> Known | None:
        return self.database.read_now(sessions.known_by, tokens, wall=wall(self.clock), vault=self.vault)

    def list_of(self, *tokens: str) -> dict[str, list[listing.OwnThing]]:
        """Return what stands on the list that these open, by part; empty parts are left out."""
        known = self.known(*tokens)
        assert known is not None
        own = self.database.read_now(listing.own_list, known, now=self.clock.now())
        return {part.value: own.within(part) for part in Part if own.within(part)}

    def book_as(self, owner: str | None, at: datetime = TEN, *, number: int = 0) -> str:
        held = self.hold(at, ELDER, number=number)
        who = None if owner is None else self.person(owner)
        self.do(owned.confirm, held.token, person(number), owner=who)
        return held.token

    def join_as(self, owner: str, number: int) -> str:
        asked = waitlist.Asked(tuple(SOCIAL), times(), person(number))
        joined = self.database.write_now(
            owned.join, asked, owner=self.person(owner), clock=self.clock, vault=self.vault
        )
        return joined.token

    def add(self, token: str, about: About, link: str) -> UUID:
        return self.database.write_now(
            opening.add_by_link, self.known(token), about, link, clock=self.clock, vault=self.vault
        )

    def way_to(self, subject: UUID, *tokens: str) -> str:
        return self.database.read_now(opening.way_to, self.known(*tokens), subject, vault=self.vault)

    def ask(self, phone: str = PHONES[0]) -> CodeAsked:
        return self.database.write_now(
            codes.ask_code, phone, "zh", wall=wall(self.clock), clock=self.clock, vault=self.vault
        )

    def sent(self) -> list[str]:
        """Return the codes that are planned to be sent, oldest first."""
        rows = sorted(self.rows(MessageRow, MessageRow.__table__.c.kind == "code"), key=lambda row: row.id)  # type: ignore[attr-defined]
        texts = [
            self.vault.open(row.text_sealed, field=planning.TEXT_FIELD) for row in rows if row.text_sealed
        ]
        return [found[0] for text in texts if (found := re.search(r"\d{6}", text))]

    def redeem(self, asked: CodeAsked, code: str) -> str | None:
        return self.database.write_now(
            codes.redeem_code, asked.token, code, wall=wall(self.clock), clock=self.clock, vault=self.vault
        )

    def found(self, phone: str = PHONES[0]) -> str:
        """Ask for a code, type it, and return the token of the open list."""
        token = self.redeem(self.ask(phone), self.sent()[-1])
        assert token is not None
        return token

    def items(self) -> list[Any]:
        return self.rows(OwnItemRow)

    def code_rows(self) -> list[Any]:
        return self.rows(CitizenCodeRow)

    def session_rows(self) -> list[Any]:
        return self.rows(CitizenSessionRow)

    def contacts(self, about: str) -> list[Any]:
        return self.rows(MessageContactRow, MessageContactRow.__table__.c.about == about)  # type: ignore[attr-defined]
