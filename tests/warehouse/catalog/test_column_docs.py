"""What columns mean: a text goes along with a value that stays what it was, and no further."""

import pytest

from tests.support.samples import write_sql
from warehouse.catalog.column_docs import document_columns, find_origins
from warehouse.catalog.views import load_views
from warehouse.errors import WarehouseError
from warehouse.settings import SQL_DIR
from warehouse.tables import TABLES, column_docs

TABLE_DOCS = {f"raw.{table}": column_docs(table) for table in TABLES}

NUMBERS = {
    "staging__one": """-- One row.
select
    1 as k,  -- the key
    2 as x,  -- 1: the number
    3 as y   -- 1: the other number
""",
    "staging__same": """-- One row.
select
    1 as k,  -- the key
    4 as x   -- 1: the number
""",
    "staging__other": """-- One row.
select
    5 as x,  -- 1: another number
    6 as z   -- 1: the last number
""",
}


def documented(tmp_path, **files):
    names = {f"{name.replace('__', '/')}.sql": text for name, text in files.items()}
    return document_columns(load_views(write_sql(tmp_path, names)), TABLE_DOCS)


def document(tmp_path, select):
    """Documentation of `marts.view`, which selects from the views of NUMBERS."""
    return documented(tmp_path, **NUMBERS, marts__view=f"-- One row.\n{select}")["marts.view"]


@pytest.mark.parametrize(
    "select",
    [
        "select x from staging.one",
        "select (x) as x from staging.one",
        "select distinct x from staging.one order by x",
        "(select x from staging.one)",
        "select n.x from staging.one as n",
        "select t.b as x from staging.one as t(a, b)",
        "select x from (select * from staging.one) as n",
        "select x from (from staging.one)",
        "with n as (select n.* from staging.one as n), m as (select * from n) select x from m",
        "with n as (select x as a from staging.one) select a as x from n",
        "with n(a, b) as (select k, x from staging.one) select b as x from n",
        "with x as (select 1 as k), n as (with x as (from staging.one) from x) select x from n",
        "select x from staging.one union all select x from staging.same",
        "select x from staging.one union all (select x from staging.one union select n.x from "
        "staging.same as n)",
        "with n as (select * from staging.same union all select k, x from staging.one) "
        "select x from n",
        "select x from staging.one except select x from staging.same",
        "select x from staging.one join staging.same using (k, x)",
        "select one.x from staging.one left join staging.other on one.x = other.x",
        "select x from staging.one cross join range(3) as r(i)",
        "select x from staging.one group by x having count(*) > 1",
        "select x from staging.one group by all",
        "select any_value(x) as x from staging.one group by k",
        "select x from staging.one qualify row_number() over (partition by k) = 1",
        "select x from staging.one where exists (select 1 from staging.other)",
        "select x from staging.one semi join staging.other using (x)",
    ],
)
def test_a_value_that_is_passed_on_keeps_its_text(tmp_path, select):
    assert document(tmp_path, select) == {"x": "1: the number"}


@pytest.mark.parametrize(
    "select",
    [
        "select 2 as x from staging.one",
        "select y as x from staging.one",
        "select -x as x from staging.one",
        "select x + 0 as x from staging.one",
        "select cast(x as varchar) as x from staging.one",
        "select round(x) as x from staging.one",
        "select coalesce(x, 0) as x from staging.one",
        "select coalesce(x, avg(x) over ()) as x from staging.one",
        "select case when x > 0 then x end as x from staging.one",
        "select min(x) as x from staging.one",
        "select any_value(x) over () as x from staging.one",
        "select first(x ignore nulls) as x from staging.one",
        "select any_value(x + y) as x from staging.one group by k",
        "select lag(x) over (order by k) as x from staging.one",
        "select (select x from staging.one) as x",
        "select unnest([x]) as x from staging.one",
        "select n.x.x as x from (select struct_pack(x := x) as x from staging.one) as n",
        "with n as (select avg(x) as x from staging.one) select x from n",
        "with n as (select y as x from staging.one) select x from n",
        "with n as (select * replace (x + 1 as x) from staging.one) select x from n",
        "with n as (select * exclude (k) from staging.one), m as (select 1 as x) "
        "select m.x from n, m",
        "with x as (select 1 as x) select x from x",
        "select x from staging.one pivot (max(y) for k in (1 as x))",
        "with n as (select x, y from staging.one "
        "union all by name select x as y, y as x from staging.one) select x from n",
        "select x from staging.one union all select y from staging.one",
        "select x from staging.one union all select null",
        "with n as (select x, y from staging.one union all select y, x from staging.one) "
        "select x from n",
        "select x from staging.one join (select 2 as x) as n using (x)",
        "select r.x from staging.one cross join range(3) as r(x)",
        "with recursive n as (select x from staging.one union all select x + 1 from n where x < 9)"
        " select x from n",
    ],
)
def test_a_computed_or_renamed_column_needs_a_comment_of_its_own(tmp_path, select):
    cure = r"view.sql computes or renames x: add `-- unit: meaning` behind the column"
    with pytest.raises(WarehouseError, match=cure):
        document(tmp_path, select)


def test_all_columns_that_lack_a_comment_are_named_at_once(tmp_path):
    with pytest.raises(WarehouseError, match="computes or renames a, b: add"):
        document(tmp_path, "select x as a, x, 2 as b, 3 as c  -- 1: three\nfrom staging.one")


@pytest.mark.parametrize(
    ("select", "views"),
    [
        (
            "select x from staging.one join staging.other using (x)",
            "staging.one and staging.other",
        ),
        (
            "select x from staging.same union all select x from staging.other",
            "staging.other and staging.same",
        ),
    ],
)
def test_two_texts_need_a_comment_that_settles_it(tmp_path, select, views):
    message = f"inline comment what x means: {views} document it differently"
    with pytest.raises(WarehouseError, match=message):
        document(tmp_path, select)
    settled = select.replace("select x", "select x  -- 1: mine\n", 1)
    assert document(tmp_path, settled) == {"x": "1: mine"}


def test_the_side_that_a_column_is_taken_from_decides_its_text(tmp_path):
    select = "select other.x from staging.one join staging.other on one.x = other.x"
    assert document(tmp_path, select) == {"x": "1: another number"}


def test_a_text_goes_through_several_views_to_the_table(tmp_path):
    docs = documented(
        tmp_path,
        staging__a="-- One row.\nselect source, nsites from raw.materials",
        marts__b="-- One row.\nselect nsites, nsites > 1 as is_big  -- whether large\n"
        "from staging.a",
    )
    assert docs["marts.b"] == {
        "nsites": column_docs("materials")["nsites"],
        "is_big": "whether large",
    }


def test_a_query_that_cannot_be_followed_names_the_file(tmp_path):
    with pytest.raises(WarehouseError, match=r"view.sql cannot be followed: Alias already used"):
        document(tmp_path, "select n.x from staging.one as n, staging.same as n")


def test_checks_need_no_documentation(tmp_path):
    docs = documented(tmp_path, checks__a="-- A rule.\nselect source, 1 as b from raw.materials")
    assert list(docs["checks.a"]) == ["source"]


def test_imputed_properties_of_the_elements_are_told_as_imputed():
    docs = document_columns(load_views(SQL_DIR), TABLE_DOCS)
    measured, imputed = docs["staging.elements"], docs["features.magpie_properties"]
    assert measured["electronegativity"] == "1: Pauling electronegativity"
    assert imputed["electronegativity"].startswith("1: Pauling electronegativity; imputed")
    assert {name for name, text in imputed.items() if "imputed" in text} == {
        "mendeleev_number", "melting_temperature", "covalent_radius", "electronegativity",
        "space_group_number",
    }  # fmt: skip


def test_every_computed_column_of_the_project_has_its_own_comment():
    views = load_views(SQL_DIR)
    docs = document_columns(views, TABLE_DOCS)
    columns = {name: tuple(texts) for name, texts in TABLE_DOCS.items()}
    columns |= {view.name: view.columns for view in views}
    for view in views:
        if view.layer != "checks":
            origins = find_origins(view, columns)
            computed = {column for column in view.columns if not origins[column]}
            assert computed <= view.inline_docs.keys(), view.name
            assert tuple(docs[view.name]) == view.columns
