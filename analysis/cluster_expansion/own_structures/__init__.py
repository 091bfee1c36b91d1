"""What a fitted expansion says of structures that are in files and not in the warehouse."""
