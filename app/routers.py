"""The routers of the app, one for each part that has routes; of two that match the first answers."""

from __future__ import annotations

import booking.activation.http
import booking.capacity.http
import booking.city_http
import booking.combining.http
import booking.comparison.http
import booking.desk.http
import booking.desk.returning_http
import booking.http
import booking.leaving.http
import booking.licences.http
import booking.meeting.http
import booking.messages.http
import booking.mine.http
import booking.no_shows.http
import booking.places.http
import booking.policy.http
import booking.questions.http
import booking.ratings.http
import booking.waitlist.http
import booking.webhooks.http
import displays.http
import displays.staff
import queueing.course.http
import queueing.desk_entries.http
import queueing.desk_http
import queueing.help.http
import queueing.http
import queueing.notices.http
import queueing.phone.http
import queueing.plan_http
import queueing.plans.http
import queueing.plans.study_http
import queueing.plans.working_http
import queueing.priority.http
import queueing.promises.http
import queueing.provisional.http
import queueing.quotas.http
import queueing.returns.http
import queueing.screens.http
import queueing.setup.http
import queueing.today.http
from app.health import router as health_router

ROUTERS = (
    queueing.http.router,
    queueing.desk_http.router,
    booking.city_http.router,
    booking.http.router,
    queueing.plans.http.router,
    queueing.promises.http.router,
    queueing.course.http.router,
    booking.ratings.http.router,
    queueing.today.http.router,
    queueing.provisional.http.router,
    queueing.phone.http.router,
    queueing.notices.http.router,
    queueing.screens.http.router,
    queueing.help.http.router,
    queueing.quotas.http.router,
    queueing.returns.http.router,
    queueing.priority.http.router,
    queueing.desk_entries.http.router,
    queueing.setup.http.router,
    booking.policy.http.router,
    booking.places.http.router,
    booking.meeting.http.router,
    booking.capacity.http.router,
    booking.leaving.http.router,
    booking.licences.http.router,
    booking.messages.http.router,
    booking.questions.http.router,
    booking.combining.http.router,
    booking.mine.http.router,
    booking.waitlist.http.router,
    booking.desk.http.router,
    booking.desk.returning_http.router,
    booking.comparison.http.router,
    booking.webhooks.http.router,
    booking.activation.http.router,
    queueing.plan_http.router,
    queueing.plans.study_http.router,
    queueing.plans.working_http.router,
    booking.no_shows.http.router,
    displays.http.router,
    displays.staff.router,
    health_router,
)
