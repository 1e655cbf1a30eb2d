"""All SQL of ratings and their cases, and their locks.

Who writes a rating holds its visit (``queueing.visits.lock_visit``); who moves a case holds the case. A
citizen who changes a rating takes both, the visit first.
"""

from booking.ratings.store.cases import (
    Case,
    Step,
    add_case,
    add_step,
    case_counts,
    case_id_of,
    case_of_rating,
    case_with_rating,
    cases_with_ratings,
    change_case,
    erase_number,
    forget_numbers,
    forget_of_visits,
    keep_number,
    lock_case,
    names_of,
    numbers_of,
    steps_of,
)
from booking.ratings.store.ratings import (
    Rating,
    add_rating,
    change_rating,
    forget_texts,
    latest_words,
    rated_counts,
    rating_of,
    reasons_given,
)

__all__ = [
    "Case",
    "Rating",
    "Step",
    "add_case",
    "add_rating",
    "add_step",
    "case_counts",
    "case_id_of",
    "case_of_rating",
    "case_with_rating",
    "cases_with_ratings",
    "change_case",
    "change_rating",
    "erase_number",
    "forget_numbers",
    "forget_of_visits",
    "forget_texts",
    "keep_number",
    "latest_words",
    "lock_case",
    "names_of",
    "numbers_of",
    "rated_counts",
    "rating_of",
    "reasons_given",
    "steps_of",
]
