"""Hostile arguments of functions, of all types that columns of views have."""

HOSTILE = {
    "BIGINT": [
        *("0", "1", "-3", "2", "64"),
        *("9007199254740993", "9223372036854775807", "-9223372036854775807"),
    ],
    "DOUBLE": [
        *(
            "'nan'",
            "'inf'",
            "'-inf'",
            "0",
            "-0.0",
            "1.5",
            "-2.5",
            "2.675",
            "1e-310",
            "1e308",
            "0.1",
        ),
        *("-0.5", "1e-7", "123456789.125"),
    ],
    "VARCHAR": [
        *("''", "'a'", "'aaa'", r"'a\%'", "' x '", "'äß😀İ'", "'e' || chr(769)", "'12'", "'1.5'"),
        *(
            "'2024-02-29'",
            "'2021-1-3 01:02'",
            "'true'",
            "' 7 '",
            "'1e3'",
            "'-0'",
            "'nan'",
            "'1_0'",
            "'٣'",
        ),
    ],
    "BOOLEAN": ["true", "false"],
    "DATE": ["'2024-02-29'", "'1970-01-01'", "'1899-12-31'", "'2021-01-03'", "'0001-01-01'"],
    "TIMESTAMP": [
        *("'2024-02-29 23:59:59.999999'", "'1969-12-31 12:00:00'", "'2021-01-03 00:00:00'"),
        "'0001-01-01 01:02:03.5'",
    ],
    "BIGINT[]": ["[]", "[1, 2, 2, NULL]", "[-3]"],
    "DOUBLE[]": ["[]", "['nan'::double, 1.5, NULL, -0.0]", "[2.5]"],
    "VARCHAR[]": ["[]", "['b', 'a', NULL, 'b', '']"],
}
"""Values of every type that columns of views have, beside NULL."""
MOST = ("BIGINT", "DOUBLE", "VARCHAR", "BOOLEAN")
MOST_PARTS = 6
"""Parts of a table that are asked for one by one, where Spark refuses the whole."""
MOST_ERRORS = 4
"""Rows with an error of DuckDB's that Spark is asked for, one by one."""
WRITTEN = {
    "~~": "a like b",
    "!~~": "a not like b",
    "between": "a between b and b",
    "in": "a in (b, b)",
    "-": "a - b",
}
PAIRS = [
    *((kind, kind) for kind in HOSTILE),
    *((left, right) for left in MOST for right in MOST if left != right),
    *(("DATE", "VARCHAR"), ("VARCHAR", "DATE"), ("DATE", "TIMESTAMP"), ("TIMESTAMP", "DATE")),
    *(("TIMESTAMP", "VARCHAR"), ("VARCHAR", "TIMESTAMP"), ("DATE", "BIGINT")),
    *(("BIGINT[]", "BIGINT"), ("DOUBLE[]", "DOUBLE"), ("VARCHAR[]", "VARCHAR")),
    *(("DOUBLE[]", "BIGINT"), ("VARCHAR[]", "BIGINT")),
]
TRIPLES = [
    *((kind, kind, kind) for kind in ("BIGINT", "DOUBLE", "VARCHAR", "DATE")),
    *(("VARCHAR", "BIGINT", "BIGINT"), ("VARCHAR", "VARCHAR", "BIGINT")),
    *(("VARCHAR", "BIGINT", "VARCHAR"), ("DOUBLE[]", "BIGINT", "BIGINT")),
]
ARGUMENTS = {1: [(kind,) for kind in HOSTILE], 2: PAIRS, 3: TRIPLES}
"""Types of arguments that are compared, by how many there are."""
