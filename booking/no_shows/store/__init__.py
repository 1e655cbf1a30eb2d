"""All SQL of the no-show rule and of what counted by it, with their locks.

Whoever writes or decides an appeal, or takes a no-show back, locks the no-show first, then its appeal.
"""
