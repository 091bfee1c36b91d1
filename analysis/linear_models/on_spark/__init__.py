"""Single models on Spark, for more rows than fit in memory."""
