-- One row per cell of a user's table that has a value.
select
    source,
    row_number,
    column_name,
    formula,
    number,
    text,
    unit
from raw.own_values
