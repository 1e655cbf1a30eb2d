"""Pure rules of what people read on pages and boards."""
