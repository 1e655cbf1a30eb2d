"""How a hall, or the city, did day by day, week by week or month by month, and what was done meanwhile."""
