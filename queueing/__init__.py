"""The live day in a hall: tickets, windows, call order; wait prediction; window plans; ticket history."""
