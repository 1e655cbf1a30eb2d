"""The catalogue of a running city changes: compared, shown, refused where it would break something."""
