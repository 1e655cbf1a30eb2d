"""When to leave for an appointment: the advice, its route and its page's facts."""
