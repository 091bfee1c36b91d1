"""Figure: whether what was learned from calculations holds in the laboratory."""

import duckdb
import plotly.graph_objects as go

from analysis.datasets import read_rows
from analysis.linear_models.figures.formulas import display_formula
from analysis.pages.figure import COLOURS, Figure, style

BOTH_LABELS = """
with calculated as (
    select reduced_formula, avg(cast(is_metal as integer)) as metal_share
    from marts.metal_training where dataset = 'matbench_mp_is_metal'
    group by reduced_formula
),
measured as (
    select training.reduced_formula, max(cast(training.is_metal as integer)) as is_metal,
        avg(predictions.metal_probability) as metal_probability
    from marts.metal_training as training
    left join marts.metal_predictions as predictions
        on training.material_id = predictions.material_id
        and predictions.split = 'experiment' and predictions.is_selected
    where training.dataset = 'matbench_expt_is_metal'
    group by training.reduced_formula
)"""


def draw_disagreement(connection: duckdb.DuckDBPyConnection) -> Figure:
    """Formulas that were both calculated and measured: where the two labels differ."""
    sql = f"""{BOTH_LABELS}
select
    case when measured.is_metal = 1 then 'measured metal' else 'measured non-metal' end as measured,
    case
        when metal_share = 0 then 'all polymorphs non-metals'
        when metal_share = 1 then 'all polymorphs metals'
        else 'some of each'
    end as calculated,
    count(*) as n,
    count(metal_probability) as n_predicted,
    sum(cast((metal_probability >= 0.5) = (measured.is_metal = 1) as integer)) as n_right,
    array_to_string(list(
        reduced_formula order by abs(metal_probability - measured.is_metal) desc, reduced_formula
    )[1:6], ' ') as doubtful
from calculated
inner join measured using (reduced_formula)
group by all
order by all"""
    rows = read_rows(connection, sql)
    plot = go.Figure()
    for colour, kind in zip(COLOURS, rows["measured"].unique().sort(), strict=False):
        part = rows.filter(measured=kind)
        plot.add_bar(x=part["calculated"], y=part["n"], name=kind, marker={"color": colour})
    none = {"n": 0, "n_predicted": 0, "n_right": 0, "doubtful": ""}
    cells = {(row["measured"], row["calculated"]): row for row in rows.to_dicts()}
    closed = cells.get(("measured non-metal", "all polymorphs metals"), none)
    opened = cells.get(("measured metal", "all polymorphs non-metals"), none)
    n_predicted = closed["n_predicted"] + opened["n_predicted"]
    n_right = (closed["n_right"] or 0) + (opened["n_right"] or 0)
    doubtful = ", ".join(display_formula(formula)[0] for formula in opened["doubtful"].split())
    return Figure(
        title="Where the calculation and the laboratory disagree",
        plot=style(plot, "calculated (PBE)", "formulas", height=400),
        reading=f"Of {rows['n'].sum():,} formulas that were calculated and measured, "
        f"{closed['n']:,} are metals by PBE in every polymorph but not in the laboratory (PBE "
        f"closes gaps), and {opened['n']:,} are non-metals by PBE but metals when measured. "
        "Trained on calculated labels without these formulas, the classifier sides with the "
        "laboratory for "
        f"{n_right:,} of the {n_predicted:,}. Not all of them are errors of PBE: it is surest "
        f"against the measured label of {doubtful}. Look those up before you believe either label.",
        caption="Reduced formulas in both benchmarks.",
        sql=sql.strip(),
    )
