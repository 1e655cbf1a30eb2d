"""``jinban doctor``: what an operator would look at when something seems wrong; writes nothing."""
