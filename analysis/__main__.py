"""`python -m analysis`: fit the models, judge them, write the pages."""

from analysis.commands.cluster_expansion import cluster_expansion
from analysis.commands.export import export
from analysis.commands.figure import figure
from analysis.commands.fit import fit
from analysis.commands.lineage import compare, reproduce, runs, use
from analysis.commands.metals import metals
from analysis.commands.monte_carlo import monte_carlo, phase_diagram
from analysis.commands.plot import plot
from analysis.commands.property import property_
from analysis.commands.report import report
from analysis.commands.stability import stability
from warehouse.console import make_app

app = make_app(
    "Fit models to the warehouse's views, judge them, and write the pages.",
    cluster_expansion,
    metals,
    property_,
    monte_carlo,
    phase_diagram,
    stability,
    plot,
    fit,
    report,
    export,
    figure,
    runs,
    use,
    compare,
    reproduce,
)

if __name__ == "__main__":
    app()
