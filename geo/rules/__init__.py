"""Pure rules: coordinates, distance, travel time, ranking, links. No clock, no I/O, no settings."""
