"""What Spark would answer otherwise than DuckDB is refused; what passes was compared."""

import duckdb
import pyarrow as pa
import pytest

from tests.soak.functions import compare_function, listed
from tests.spark.comparison import Engines
from tests.spark.session import local_engine, needs_spark, session, small_warehouse
from warehouse.catalog.connection import connect
from warehouse.errors import WarehouseError
from warehouse.spark.arguments import COMPARED, passing
from warehouse.spark.screening import screen
from warehouse.spark.translate import translate_query
from warehouse.storage.warehouse import Warehouse

REFUSED = [
    ("log(100)", "log"),
    ("regexp_replace('aaa', 'a', 'b')", "regexp_replace"),
    ("left('abc', -1)", "left"),
    ("right('abc', -1)", "right"),
    ("n >> 64", ">>"),
    ("bit_count(-1)", "bit_count"),
    ("trim(study)", "`trim` of VARCHAR"),
    ("pow(1e0, value)", "`pow` of DOUBLE, DOUBLE"),
    ("cast(epoch_ms(-100000000000000) as varchar)", "epoch_ms"),
    ("floor(value)", "`floor` of DOUBLE"),
    ("cast(metric as bigint)", "`cast bigint` of VARCHAR"),
    ("ln(0e0)", "ln"),
    ("skewness(value)", "skewness"),
    ("list(metric order by value desc)", "list"),
    ("unnest([1, 2]), unnest([3, 4, 5])", "unnest"),
    ("extract(dow from date '2024-03-17')", "date_part"),
    ("metric like 'a%' escape '#'", "like_escape"),
    ("date_diff('day', date '2024-01-01', date '2024-01-02')", "date_diff"),
    ("cast(value as int)", "cast int"),
    ("try_cast(metric as double)", "try cast"),
    ("0.1 * value", "the decimal 0.1"),
    ("sum(value) filter (n > 1)", "filter"),
    ("row_number() over ()", "window"),
    ("(select 1)", "subquery"),
    ("[1, 'a']", "`list_value` of BIGINT, VARCHAR"),
    ("[n][1]", "array extract"),
    ("interval 1 day", "to_days"),
    ("case when n > 1 then 1e20 else '2' end", "a case of DOUBLE, VARCHAR"),
    ("* exclude (value)", "exclude list"),
    ("n = study", "`=` of BIGINT, VARCHAR"),
]
SHAPES = [
    "select x, count(*) as n from hostile group by x order by x",
    "select x, y from hostile order by x desc, y",
    "select x, y from hostile order by y desc nulls first, x limit 3",
    "select distinct x from hostile order by 1",
    "select a.y, b.x from hostile as a inner join hostile as b on a.x = b.x order by 1, 2",
    "select a.y, b.y as z from hostile as a left join hostile as b using (x) order by 1, 2",
    "select x > 0.5 as h, y in ('a', null) as i, x between 0.1 and 2.5 as j from hostile "
    "order by y",
    "with t as (select y, max(x) as m from hostile group by all) from t where m is not null "
    "order by y",
    "select case when x > 1 then y else 'no' end as c, not x = 1 as d from hostile order by y",
]
"""Queries whose words are not functions, over NULL, NaN, infinities and zeros of both signs."""
HOSTILE = """
select unnest(['nan'::double, 'inf'::double, '-inf'::double, 0, -0.0, 1.5, null, 0.5]) as x,
    unnest(['a', '', null, 'b', 'B', 'é', 'z', ' ']) as y
"""


@pytest.fixture(scope="module")
def connection():
    with connect(Warehouse(small_warehouse())) as opened:
        yield opened


@pytest.mark.parametrize(("column", "what"), REFUSED)
def test_what_was_not_compared_is_refused_by_name(connection, column, what):
    with pytest.raises(WarehouseError, match="may answer otherwise") as caught:
        screen(connection, f"select {column} as a from metrics")
    assert what in caught.value.message


@pytest.mark.parametrize(
    "sql",
    [
        "select study from metrics union select dataset from metrics",
        "select study from metrics group by rollup (study)",
        "select study from metrics using sample 10%",
        "select study from metrics full join curves using (study)",
        "select study from metrics asof join curves using (study, value)",
        "select study from metrics qualify row_number() over () = 1",
        "select distinct on (study) study from metrics",
        "with recursive t as (select 1 as a union select a + 1 from t where a < 3) from t",
        "from range(3)",
        "select 1.5",
        "select date '2024-01-01'",
        "pivot metrics on study using sum(value)",
        "describe metrics",
        "select study from metrics limit 3",
        "select study from (select study from metrics offset 3) order by study",
        "select * from metrics inner join curves using (study) order by 1",
    ],
)
def test_other_kinds_of_queries_are_refused(connection, sql):
    with pytest.raises(WarehouseError, match="may answer otherwise"):
        screen(connection, sql)


@pytest.mark.parametrize("sql", [sql.replace("hostile", "metrics") for sql in SHAPES[:1]])
def test_plain_queries_pass(connection, sql):
    screen(connection, sql.replace("x", "value"))


def test_a_list_of_symbols_passes(connection):
    screen(connection, "select contains_elements(dataset, ['Cu', 'Au', 'Ag']) as a from metrics")


def test_the_list_has_every_function_of_this_duckdb():
    with duckdb.connect() as opened:
        names = set(listed(opened))
    told = {line.partition(",")[0].strip('"') for line in COMPARED.read_text("utf-8").splitlines()}
    assert {name for name in names if "," not in name and '"' not in name} <= told
    assert set(passing()) <= names


@needs_spark
class TestAnswers:
    def test_secrets_of_the_process_are_not_substituted(self, monkeypatch):
        monkeypatch.setenv("MP_API_KEY", "secret")
        spark = local_engine(Warehouse(small_warehouse()))
        rows = pa.Table.from_batches(spark.batches("select '${env:MP_API_KEY}' as a"))
        assert rows.to_pylist() == [{"a": "${env:MP_API_KEY}"}]
        assert session().conf.get("spark.sql.variable.substitute") == "false"

    def test_a_function_that_passes_has_duckdbs_values(self):
        found = compare_function(Engines(), "sqrt", aggregates=False)
        assert not found.different
        assert found.same

    def test_an_error_of_duckdbs_alone_is_a_difference(self):
        kinds = ("BIGINT", "VARCHAR")
        assert "an error" in Engines().compare("a <> b", kinds, aggregates=False)

    def test_one_that_differs_is_found(self):
        assert "ln(a)" in compare_function(Engines(), "ln", aggregates=False).different[0]

    def test_joins_groups_and_orders_are_duckdbs(self):
        spark = session().newSession()
        with duckdb.connect() as opened:
            rows = opened.sql(HOSTILE).to_arrow_table()
            opened.execute("create table hostile as from rows")
            spark.createDataFrame(rows).createOrReplaceTempView("marts__hostile")
            for sql in SHAPES:
                theirs = [tuple(row) for row in spark.sql(translate_query(sql)).collect()]
                # Of both zeros of a group, either may stand for it.
                ours = str(opened.sql(sql).fetchall()).replace("-0.0", "0.0")
                assert str(theirs).replace("-0.0", "0.0") == ours, sql
