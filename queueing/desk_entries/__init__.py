"""What desks did while they had no connection: handed in afterwards, each entry once."""
