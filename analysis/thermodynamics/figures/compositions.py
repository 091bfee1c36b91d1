"""The composition of a simulation as figures and tables name it."""


def select_composition(table: str) -> str:
    """SQL of what is fixed, as it is typed, or of one share three digits; of rows of a `table`."""
    return (
        f"case when {table}.series like '%=%' then split_part({table}.series, ' ', 2) "
        f"else printf('%.3g', {table}.concentration) end as composition"
    )
