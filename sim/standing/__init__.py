"""A folder's catalogue for a running city: read to be compared, and written from what stands."""

from sim.standing.reading import Files, read_files
from sim.standing.writing import write_catalogue

__all__ = ["Files", "read_files", "write_catalogue"]
