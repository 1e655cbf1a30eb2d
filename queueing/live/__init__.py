"""The live estimator: a hall's state kept up to date, the engine run forward from it, ranges published.

The estimator process alone imports this package (numba is below); it reads the database and writes nothing.
"""
