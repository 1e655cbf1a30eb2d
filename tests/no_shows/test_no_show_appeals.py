"""Whoever proves it reads why and appeals once; the hall or the supervisor decides once; on each database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from booking import service
from booking.messages.planning import TEXT_FIELD
from booking.messages.tables import MessageRow
from booking.no_shows.appealing import Proof
from booking.no_shows.errors import (
    AppealDecided,
    AppealedAlready,
    AppealWordsMissing,
    BookingPaused,
    NoShowNotCounting,
    NoShowNotFound,
    NotYourAppeal,
)
from booking.no_shows.retention import forget_over
from booking.no_shows.tables import NoShowAppealRow
from booking.rules.no_shows import AppealAction, AppealStatus, NoShowStatus
from kernel.audit_tables import AuditRow
from kernel.erasure import LinkErased
from kernel.identity import WrongHall
from kernel.settings import MessageSettings
from tests.booking.booking_city import PHONES, local

if TYPE_CHECKING:
    from tests.no_shows.absentees import Absentees

UPHOLD, REJECT = AppealAction.UPHOLD, AppealAction.REJECT


def by_reference(booked: service.HeldAppointment, number: int = 0) -> Proof:
    return Proof(phone=PHONES[number], reference=booked.appointment.code)


def test_the_link_and_the_reference_with_its_number_say_which_and_others_are_masked(
    absentees: Absentees,
) -> None:
    absentees.publish()
    booked = [absentees.miss() for _ in range(3)]
    for proof in (Proof(booked[1].token), by_reference(booked[1])):
        seen = absentees.why(proof)
        assert seen.starts_at == booked[1].appointment.starts_at
        assert seen.standing is not None
        assert seen.standing.pause is not None
        assert seen.may_appeal
        assert [(other.month.isoformat(), other.hall.code) for other in seen.others] == [
            ("2026-11-01", "city"),
            ("2026-11-01", "city"),
        ]
    for wrong in (by_reference(booked[1], 1), Proof(phone=PHONES[0], reference="AAAAAAAA")):
        with pytest.raises(NoShowNotFound):
            absentees.why(wrong)


def test_an_appeal_that_is_upheld_ends_the_pause_at_once_and_is_read_in_the_same_place(
    absentees: Absentees,
) -> None:
    absentees.publish()
    booked = [absentees.miss() for _ in range(3)]
    proof = Proof(booked[0].token)
    written = absentees.appeal(proof, "  孩子急病  ")
    assert written.appeal is not None
    assert (written.appeal.status, written.appeal.words) == (AppealStatus.OPEN, "孩子急病")
    # Written on Thursday the 26th: five working days of the hall end on Thursday the 3rd, at five.
    assert written.appeal.due_at == local(17, days=15)
    (case,) = absentees.appeals().appeals
    assert (case.words, case.reference, case.may) == ("孩子急病", booked[0].appointment.code, True)
    with pytest.raises(BookingPaused):
        absentees.book(absentees.next_start())
    absentees.decide(case.id, UPHOLD, "理由充分")
    absentees.book(absentees.next_start())
    seen = absentees.why(proof)
    assert seen.status is NoShowStatus.FORGIVEN
    assert seen.appeal is not None
    assert (seen.appeal.status, seen.appeal.answer) == (AppealStatus.UPHELD, "理由充分")
    assert absentees.appeals().appeals == ()
    trail: list[Any] = [row for row in absentees.rows(AuditRow) if row.what == "no-show-appeal.uphold"]
    assert [(row.staff_id, row.detail["after"]) for row in trail] == [(absentees.manager.id, "upheld")]


def test_a_rejection_needs_words_that_the_citizen_reads(absentees: Absentees) -> None:
    absentees.publish()
    proof = Proof(absentees.miss().token)
    absentees.appeal(proof)
    (case,) = absentees.appeals().appeals
    with pytest.raises(AppealWordsMissing):
        absentees.decide(case.id, REJECT, " ")
    absentees.decide(case.id, REJECT, "没有提供任何情况", by=absentees.supervisor)
    seen = absentees.why(proof)
    assert (seen.status, seen.may_appeal) == (NoShowStatus.COUNTS, False)
    assert seen.appeal is not None
    assert seen.appeal.answer == "没有提供任何情况"
    (decided,) = absentees.appeals(decided=True).appeals
    assert decided.decided_by == "Supervisor"


def test_one_appeal_a_no_show_and_one_decision_an_appeal(absentees: Absentees) -> None:
    absentees.publish()
    proof = Proof(absentees.miss().token)
    absentees.appeal(proof)
    with pytest.raises(AppealedAlready):
        absentees.appeal(proof, "再说一次")
    (case,) = absentees.appeals().appeals
    absentees.decide(case.id, REJECT, "理由不足")
    with pytest.raises(AppealedAlready):
        absentees.appeal(proof, "再说一次")
    with pytest.raises(AppealDecided):
        absentees.decide(case.id, UPHOLD, by=absentees.supervisor)


def test_another_hall_and_a_clerk_decide_nothing(absentees: Absentees) -> None:
    absentees.publish()
    absentees.appeal(Proof(absentees.miss().token))
    (case,) = absentees.appeals().appeals
    with pytest.raises(WrongHall):
        absentees.decide(case.id, UPHOLD, by=absentees.stranger)
    with pytest.raises(NotYourAppeal):
        absentees.decide(case.id, UPHOLD, by=absentees.clerk)
    with pytest.raises(WrongHall):
        absentees.appeals(absentees.stranger)


def test_what_the_hall_takes_back_answers_the_appeal_with_its_reason(absentees: Absentees) -> None:
    absentees.publish()
    proof = Proof(absentees.miss().token)
    absentees.appeal(proof)
    absentees.excuse(absentees.written()[0].id)
    seen = absentees.why(proof)
    assert seen.status is NoShowStatus.EXCUSED
    assert seen.appeal is not None
    assert (seen.appeal.status, seen.appeal.answer) == (AppealStatus.UPHELD, "人到了，窗口没有登记")
    with pytest.raises(NoShowNotCounting):
        absentees.excuse(absentees.written()[0].id)


def test_an_appeal_that_is_not_answered_in_time_is_overdue_and_the_figures_say_so(
    absentees: Absentees,
) -> None:
    absentees.publish()
    booked = [absentees.miss() for _ in range(3)]
    for own in booked[:2]:
        absentees.appeal(Proof(own.token))
    absentees.clock.set(absentees.clock.now() + timedelta(days=10))
    first, _ = absentees.appeals().appeals
    assert first.overdue
    absentees.decide(first.id, REJECT, "理由不足")
    whole = absentees.figures().whole
    assert (whole.not_come, whole.absent, whole.counting, whole.paused) == (3, 3, 3, 1)
    tally = whole.appeals
    assert (tally.open, tally.overdue, tally.rejected, tally.upheld, tally.late) == (1, 1, 1, 0, 1)
    assert [hall.code for hall, _ in absentees.figures(absentees.manager).halls] == ["city"]


def test_what_is_past_its_time_is_forgotten_and_stays_counted(absentees: Absentees) -> None:
    absentees.publish()
    booked = absentees.miss()
    absentees.appeal(by_reference(booked))
    end = booked.appointment.starts_at + timedelta(days=120)
    absentees.clock.set(end)
    assert absentees.database.write_now(forget_over, end) == 0, "an open appeal is answered first"
    (case,) = absentees.appeals().appeals
    absentees.decide(case.id, REJECT, "理由不足")
    assert absentees.database.write_now(forget_over, end - timedelta(seconds=1)) == 0
    assert absentees.database.write_now(forget_over, end) == 1
    (row,) = absentees.written()
    assert (row.phone_hash, row.code_hash, row.appointment_id) == (None, None, None)
    assert row.status == "counts"
    (said,) = absentees.rows(NoShowAppealRow)
    assert (said.words_sealed, said.answer_sealed) == (None, None)


def test_the_count_outlives_the_appointment_and_its_reference_still_proves_it(absentees: Absentees) -> None:
    absentees.publish()
    booked = [absentees.miss() for _ in range(3)]
    for own in booked[1:]:
        absentees.appeal(Proof(own.token))
    absentees.decide(absentees.appeals().appeals[0].id, REJECT, "理由不足")
    for own in booked:
        absentees.do(service.erase_mine, own.token)
    assert absentees.why(by_reference(booked[1])).appeal.words == ""
    assert absentees.why(by_reference(booked[1])).appeal.answer == "理由不足"
    assert absentees.why(by_reference(booked[2])).appeal.words, "what is not answered yet is still needed"
    with pytest.raises(LinkErased):
        absentees.why(Proof(booked[0].token))
    assert absentees.written()[0].appointment_id is None
    with pytest.raises(BookingPaused):
        absentees.book(absentees.next_start())
    assert absentees.why(by_reference(booked[0])).may_appeal


def test_words_that_outlived_their_appointment_go_with_the_answer(absentees: Absentees) -> None:
    absentees.publish()
    for number, answer in enumerate(("decided", "taken back")):
        booked = absentees.miss(number)
        absentees.appeal(by_reference(booked, number))
        absentees.do(service.erase_mine, booked.token)
        (case,) = absentees.appeals().appeals
        assert case.words, "the hall still has to answer it"
        if answer == "decided":
            absentees.decide(case.id, REJECT, "理由不足")
        else:
            absentees.excuse(absentees.written()[-1].id)
    assert [said.words_sealed for said in absentees.rows(NoShowAppealRow)] == [None, None]


def test_the_latest_decided_stand_first_however_long_they_were_open(absentees: Absentees) -> None:
    absentees.publish()
    booked = [absentees.miss(number) for number in range(2)]
    for number, own in enumerate(booked):
        absentees.appeal(by_reference(own, number))
    first, second = absentees.appeals().appeals
    for case in (second, first):
        absentees.clock.advance(timedelta(minutes=1))
        absentees.decide(case.id, REJECT, "理由不足")
    assert [case.id for case in absentees.appeals(decided=True).appeals] == [first.id, second.id]


def test_nothing_new_is_written_to_what_the_night_will_forget(absentees: Absentees) -> None:
    absentees.publish()
    booked = absentees.miss()
    absentees.clock.set(absentees.written()[0].forget_at)
    for proof in (Proof(booked.token), by_reference(booked)):
        with pytest.raises(NoShowNotFound):
            absentees.appeal(proof)
    assert absentees.rows(NoShowAppealRow) == []


def test_a_request_for_a_number_exports_and_erases_what_counts(absentees: Absentees) -> None:
    absentees.publish()
    booked = [absentees.miss() for _ in range(3)]
    absentees.appeal(Proof(booked[0].token))
    asked = {
        "by": absentees.supervisor,
        "reason": "2026-17",
        "clock": absentees.clock,
        "vault": absentees.vault,
    }
    kept = absentees.database.write_now(service.export_for_phone, PHONES[0], **asked)
    said = [own for own in kept if "no_show" in own]
    assert [own["appeal"] for own in said] == ["孩子急病，去了医院", None, None]
    absentees.database.write_now(service.erase_for_phone, PHONES[0], **asked)
    assert all(row.phone_hash is None for row in absentees.written())
    absentees.book(absentees.next_start())


def test_a_message_tells_of_a_no_show_and_of_the_answer(absentees: Absentees) -> None:
    absentees.database.carry(messages=MessageSettings(kind="log", origin="https://jb.example.cn"))
    absentees.publish()
    booked = absentees.miss()
    absentees.appeal(Proof(booked.token))
    absentees.decide(absentees.appeals().appeals[0].id, REJECT, "理由不足")
    told = {
        row.kind: absentees.vault.open(row.text_sealed, field=TEXT_FIELD)
        for row in absentees.rows(MessageRow)
        if row.kind in ("no_show", "appeal_answered") and row.text_sealed
    }
    assert set(told) == {"no_show", "appeal_answered"}
    for text in told.values():
        assert f"https://jb.example.cn/a/{booked.token}" in text
        assert "理由不足" not in text
    absentees.clock.set(absentees.next_start() - timedelta(hours=20))
    late = absentees.book(absentees.next_start(), number=1)
    absentees.clock.set(late.appointment.starts_at)
    absentees.do(service.cancel, late.token)
    assert [row.kind for row in absentees.rows(MessageRow)].count("no_show") == 1, "who cancels knows it"
