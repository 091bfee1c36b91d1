"""Spark against DuckDB: one folder, whose tests share one session when folders run apart."""
