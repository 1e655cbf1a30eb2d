"""Which licences are on file with whoever comes: asked with consent, shown once, never kept."""
