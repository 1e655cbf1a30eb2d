"""Learned wait prediction: features of the live state, peers' formulas, quantile models, calibration.

Pure numeric code: arrays in, arrays out. Nothing here reads a clock, a database or a setting, and nothing
here is needed to run a hall: the learned correction stands beside the drain estimate of the live system
and replaces it only where it was trained and measured.
"""
