"""Numbers for a hall whose link is down: reserved in blocks, given out by kiosks, merged afterwards."""
