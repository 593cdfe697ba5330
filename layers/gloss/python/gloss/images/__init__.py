"""Image records, uploads, versions and human edits."""
