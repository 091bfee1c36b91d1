"""Files of functions: names, comments, order, and the rules that a file can break."""

import pytest
import sqlglot

from tests.support.samples import write_sql
from warehouse.catalog.functions import expand_calls, load_functions
from warehouse.errors import WarehouseError

DOUBLED = """-- Twice a number.
-- Example: doubled(2)
create macro doubled(
    x  -- 1: a number
) as
    2 * x
"""
QUADRUPLED = """-- Four times a number.
-- Example: quadrupled(2)
create macro quadrupled(
    x  -- 1: a number
) as
    doubled(doubled(x + 1))
"""


def load(tmp_path, **files):
    names = {f"functions/{name}.sql": text for name, text in files.items()}
    return load_functions(write_sql(tmp_path, names))


def test_a_function_comes_after_those_it_calls(tmp_path):
    functions = load(tmp_path, quadrupled=QUADRUPLED, doubled=DOUBLED)
    assert [function.name for function in functions] == ["doubled", "quadrupled"]
    assert functions[0].parameters == {"x": "1: a number"}
    assert functions[0].doc == "Twice a number. Example: doubled(2)"


def test_a_call_is_what_it_stands_for(tmp_path):
    functions = load(tmp_path, quadrupled=QUADRUPLED, doubled=DOUBLED)
    query = sqlglot.parse_one("select quadrupled(a) as b from t", dialect="duckdb")
    expanded = expand_calls(query, functions).sql("duckdb", comments=False)
    assert expanded == "SELECT ((2 * (2 * (a + 1)))) AS b FROM t"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (("2 * x", "list_transform([1], lambda y: x)"), "uses x in a lambda"),
        (("-- Example: doubled(2)\n", ""), "must give an example"),
        (("  -- 1: a number", ""), "must say what x is"),
        (("macro doubled", "macro twice"), "must make the macro doubled"),
        (("2 * x", "2 * quadrupled(x)"), "in a circle"),
        ((DOUBLED, "-- One row.\nselect 1 as a"), "exactly one `create macro`"),
    ],
)
def test_a_file_that_breaks_a_rule_is_refused(tmp_path, change, what):
    with pytest.raises(WarehouseError, match=what):
        load(tmp_path, doubled=DOUBLED.replace(*change), quadrupled=QUADRUPLED)
