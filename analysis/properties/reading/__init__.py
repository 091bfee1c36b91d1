"""What a study is about: rows that a query selects, and whether their target is a class."""
