"""The manager's today: forecast against capacity, gaps in windows, alerts and what was done about them."""
