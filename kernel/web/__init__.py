"""What every package's ``http.py`` stands on: parts, access rules, problem documents, idempotent writes."""
