"""Halls, counties, levels and departments compared by the same figures, ratings among them."""
