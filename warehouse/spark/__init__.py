"""All that knows Spark: the same SQL and the same functions on a cluster."""
