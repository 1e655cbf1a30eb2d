"""Replay of real logs in time order: what was predicted, what came true, and how every peer did."""
