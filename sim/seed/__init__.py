"""The demo city is seeded: ``prepare_demo`` for the command line, ``sim.seed.city.seed_city`` for the work.

Importing this package loads neither numpy nor a compiler, so whoever only starts the demo stays small.
"""

from sim.seed.demo import DemoCity, prepare_demo

__all__ = ["DemoCity", "prepare_demo"]
