"""The catalogue in MySQL/MariaDB or SQLite: tables, migrations, bulk loading and every query.

Nothing outside this package writes SQL. Films come in as Arrow batches (`sql.tables.MOVIE_SCHEMA`) and go
out as Arrow batches or dataclasses. Imports nothing of ours; never faiss, sklearn, fastapi, streamlit or
settings.
"""
