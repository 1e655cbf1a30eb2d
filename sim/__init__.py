"""The same rules in virtual time: demand, hall day, city day, replay of real logs, load, benchmarks."""
