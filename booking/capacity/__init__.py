"""The report of places: planned, offered, held, booked and used, with walk-ins beside."""
