"""Hostile arguments of functions, of all types that columns of views have."""

TAME = {
    "BIGINT": ["0", "1", "2", "-1", "-3", "7", "64", "65"],
    "DOUBLE": ["0", "1", "-1", "0.5", "-0.5", "1.5", "-2.5", "2.675", "0.1", "7", "64"],
    "VARCHAR": [
        *("''", "'a'", "'b'", "'aaa'", "'abcab'", "'B'", r"'a\%_'", "' x '", "'äß😀İ'", "'12'"),
        *("'e' || chr(769)", "chr(9) || 'a ' || chr(160)", "chr(160) || 'a'", "'-1.5'"),
    ],
    "BOOLEAN": ["true", "false"],
    "DATE": ["'2024-02-29'", "'1970-01-01'", "'1899-12-31'", "'2021-01-03'", "'2026-12-31'"],
    "TIMESTAMP": [
        *("'2024-02-29 23:59:59.999999'", "'1969-12-31 12:00:00'", "'2021-01-01 00:00:00.5'"),
        *("'1899-12-31 00:00:00'", "'2024-02-29 00:00:00'"),
    ],
    "BIGINT[]": ["[]", "[1, 2, 2, NULL]", "[-3]", "[3, 1]"],
    "DOUBLE[]": ["[]", "[1.5, NULL, -0.5]", "[2.5]", "[3, 1]"],
    "VARCHAR[]": ["[]", "['b', 'a', NULL, 'b', '']", "['B', 'é', 'a']"],
}
"""Ordinary values of every type that columns of views have: for these Spark has to answer."""
WILD = {
    "BIGINT": [
        *("9007199254740993", "9223372036854775807", "-9223372036854775807", "-100000000000000"),
        *("2147483648", "400000000000000"),
    ],
    "DOUBLE": [
        *("'nan'", "'inf'", "'-inf'", "-0.0", "1e-310", "1e308", "-1e308", "1e18", "1e22"),
        *("1e-7", "0.49999999999999994", "9007199254740993", "123456789.125"),
    ],
    "VARCHAR": [
        *("'1d'", "'0x1F'", "'1e3'", "' 7 '", "'+5'", "'1_000'", "'nan'", "'-Infinity'", "'t'"),
        *("'１２'", "'2024-02-29'", "'ǅ'", "chr(10) || '5'", "'true'", "'1.9'"),
        *("'2021-1-3 01:02'", "'-0'", "'٣'"),
    ],
    "BOOLEAN": [],
    "DATE": ["'0001-01-01'", "'9999-12-31'", "'1582-10-10'"],
    "TIMESTAMP": ["'0001-01-01 00:00:00'", "'9999-12-31 23:59:59'", "'1582-10-10 01:02:03'"],
    "BIGINT[]": ["[9223372036854775807, NULL, -9223372036854775807]"],
    "DOUBLE[]": ["['nan'::double, 1.5, NULL, -0.0, 0]", "['inf'::double, '-inf'::double]"],
    "VARCHAR[]": ["['äß😀İ', ' ', 'e' || chr(769)]"],
}
"""Values at the edges: there Spark may refuse."""
MOST = ("BIGINT", "DOUBLE", "VARCHAR", "BOOLEAN")
FEWER = 6
"""Values of each kind, tame or wild, of which three arguments are combined."""
MOST_PARTS = 40
"""Parts of a table that are asked for one by one, where Spark refuses the whole."""
MOST_ERRORS = 30
"""Rows with an error of DuckDB's that Spark is asked for, one by one."""
WRITTEN = {
    "~~": "a like b",
    "!~~": "a not like b",
    "between": "a between b and b",
    "in": "a in (b, b)",
    "-": "a - b",
}
PAIRS = [
    *((kind, kind) for kind in TAME),
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
ARGUMENTS = {1: [(kind,) for kind in TAME], 2: PAIRS, 3: TRIPLES}
"""Types of arguments that are compared, by how many there are."""
