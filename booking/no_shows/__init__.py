"""爽约: one rule in the whole city on appointments that are not kept, with reasons shown and appeal."""
