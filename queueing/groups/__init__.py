"""The same figures by hall, county, level or department, and the walk from the call to the window."""
