"""Storage, views and queries: Delta tables in, a DuckDB catalog of views out."""
