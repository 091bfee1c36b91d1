"""SQL files: names, comments, order, and the rules that a file can break."""

import pytest

from tests.support.samples import SQL, write_sql
from warehouse.catalog.views import load_views, parse_view
from warehouse.errors import WarehouseError
from warehouse.settings import PROJECT_DIR, SQL_DIR
from warehouse.tables import TABLES


def load(tmp_path, **files):
    """Views of files given as `layer__name=text`."""
    names = {f"{name.replace('__', '/')}.sql": text for name, text in files.items()}
    return load_views(write_sql(tmp_path, names))


def parsed(tmp_path, text):
    write_sql(tmp_path, {"features/view.sql": text})
    return parse_view(tmp_path / "features/view.sql")


def test_the_path_is_the_name_and_the_first_comment_the_doc(tmp_path):
    view = parsed(tmp_path, "-- One row per material,\n-- of any source.\nselect 1 as a  -- 1: one")
    assert (view.name, view.layer) == ("features.view", "features")
    assert view.doc == "One row per material, of any source."


def test_a_view_comes_after_all_it_reads(tmp_path):
    views = load_views(write_sql(tmp_path))
    assert views[0].name == "staging.materials"
    assert views[-1].reads == {"staging.materials"}


def test_comments_of_output_columns_are_their_docs(tmp_path):
    view = parsed(
        tmp_path,
        """-- One row.
with entries as (
    select
        source,                      -- not a doc: a CTE's column
        nsites as amount             -- not a doc either
    from raw.materials
)
select
    source,
    case
        when amount > 1 then 'big'   -- not a doc: inside an expression
        else 'small'
    end as size,                     -- big or small
    -- not a doc: a note on a line of its own
    amount,                          -- 1: sites
    amount / sum(amount) over (
        partition by source
    ) as "share, total"              -- 1: with a comma
from entries   -- not a doc
order by 1     -- nor this
""",
    )
    assert view.columns == ("source", "size", "amount", "share, total")
    assert view.inline_docs == {
        "size": "big or small",
        "amount": "1: sites",
        "share, total": "1: with a comma",
    }
    assert view.reads == {"raw.materials"}


def test_a_union_is_documented_in_its_first_select(tmp_path):
    view = parsed(
        tmp_path,
        """-- One row.
select nsites as n,  -- 1: sites
from raw.materials
union all
select n_sites as other  -- 1: not the name
from raw.supercells
""",
    )
    assert (view.columns, view.inline_docs) == (("n",), {"n": "1: sites"})
    assert view.reads == {"raw.materials", "raw.supercells"}


def test_every_kind_of_reading_is_seen(tmp_path):
    view = parsed(
        tmp_path,
        """-- One row.
with a as (select * from raw.orbits), b as (with c as (select * from a) select * from c)
select b.orbit_index
from b
join "raw"."models" as m on exists (select 1 from raw.metrics)
cross join range(3) as r(i)
where b.orbit_index in (select fold from raw.benchmark_folds)
""",
    )
    assert view.reads == {"raw.orbits", "raw.models", "raw.metrics", "raw.benchmark_folds"}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"staging__a": "-- One row.\nselect count(*) from raw.models"}, "column without a name"),
        ({"staging__a": "-- One row.\nselect columns('s.*') from raw.models"}, "without a name"),
        ({"staging__a": "-- One row.\nselect * from raw.materials"}, r"a.sql has a \*"),
        ({"staging__a": "-- One row.\nselect m.* from raw.materials as m"}, r"a.sql has a \*"),
        ({"staging__a": "-- One row.\nfrom raw.materials"}, r"a.sql has a \*"),
        ({"staging__a": "-- One row."}, "a.sql must hold exactly one select"),
        ({"staging__a": "-- One row.\nselect 1; select 2"}, "exactly one select"),
        ({"staging__a": "-- One row.\ndrop table x"}, "exactly one select"),
        ({"staging__a": "-- One row.\npivot raw.models on study"}, "exactly one select"),
        ({"staging__a": "-- One row.\nselect (1"}, "a.sql is not valid SQL"),
        ({"staging__a": "select 1 as b  -- 1: one"}, "must begin with a comment"),
        ({"stagin__a": "-- One row.\nselect 1 as b  -- 1: one"}, "must lie in one of the folders"),
        ({"marts__sub__a": "-- One row.\nselect 1 as b  -- 1: one"}, "must lie in one of"),
        ({"staging__a": "-- One row.\nselect source from raw.material"}, "raw.materials"),
        ({"staging__a": "-- One row.\nselect source from materials"}, "did you mean raw.materials"),
        ({"staging__a": "-- One row.\nselect source from 'x.csv'"}, "x.csv, which does not exist"),
        (
            {
                "staging__a": "-- One row.\nselect b from marts.b",
                "marts__b": "-- One row.\nselect 1 as b  -- 1: one",
            },
            "a.sql reads marts.b, which lies in a layer to its right",
        ),
        (
            {
                "marts__a": "-- One row.\nselect b from marts.b",
                "marts__b": "-- One row.\nselect b from marts.a",
            },
            "circle: marts.[ab] → marts.[ab] → marts.[ab]",
        ),
    ],
)
def test_a_file_that_breaks_a_rule_is_named_with_the_cure(tmp_path, files, message):
    with pytest.raises(WarehouseError, match=message) as caught:
        load(tmp_path, **files)
    assert "\n" not in caught.value.message
    assert "mend the file" in caught.value.hint or "move what they share" in caught.value.hint


def test_the_digest_of_a_view_follows_its_text(tmp_path):
    one, same, other = (
        parsed(tmp_path, f"-- One row.\nselect {number} as a  -- 1: a").sha256
        for number in (1, 1, 2)
    )
    assert one == same != other


def test_the_sample_files_keep_the_rules(tmp_path):
    assert len(load_views(write_sql(tmp_path))) == len(SQL)


def test_nothing_but_staging_reads_the_tables_of_data():
    views = load_views(SQL_DIR)
    tables = {f"raw.{table}" for table in TABLES}
    reads = {view.name: view.reads & tables for view in views if view.layer != "staging"}
    assert {name: read for name, read in reads.items() if read} == {
        "checks.alloy_unmapped_structures": {"raw.quarantine"},
        # They look at what staging hides.
        "checks.alloy_structures_digests": {"raw.lattice_mappings"},
        "checks.cluster_orbits_digests": {
            "raw.orbits",
            "raw.supercell_masks",
            "raw.supercell_orbits",
        },
    }
    # Supercells with masks and large ones, of one table, are two views.
    assert {view.name for view in views if view.layer == "staging"} == {
        "staging.supercell_translations",
        *(f"staging.{table}" for table in TABLES if table != "quarantine"),
    }


def test_a_view_is_intermediate_if_other_marts_alone_read_it():
    views = load_views(SQL_DIR)
    marts = {view.name for view in views if view.layer == "marts"}
    texts = [
        path.read_text(encoding="utf-8")
        for folder in ("analysis", "warehouse", "ingest", "sql")
        for path in (PROJECT_DIR / folder).rglob("*")
        if path.suffix in {".py", ".html", ".md"}
    ] + [(PROJECT_DIR / "README.md").read_text(encoding="utf-8")]
    named = {name for text in texts for name in marts if name.removeprefix("marts.") in text}
    assert {name for name in marts if "._" in name} == marts - named
