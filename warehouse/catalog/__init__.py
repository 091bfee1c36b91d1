"""The catalog: SQL files become views of one DuckDB file, which queries open."""
