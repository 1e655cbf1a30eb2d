"""Simulated citizens and clerks of the demo: through the public HTTP API, like everybody else.

Light on purpose: nothing here loads a database driver, numpy or a model, so the driver stays small.
"""
