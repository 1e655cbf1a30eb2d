"""Several services in one visit: what can be done together, where, and why not."""
