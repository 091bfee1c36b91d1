"""`python -m warehouse`: build, check and query the warehouse."""

from warehouse.commands import asking, contents, similar, upkeep
from warehouse.console import make_app

app = make_app(
    "Build, check and query the warehouse.",
    upkeep.build,
    upkeep.check,
    asking.query,
    asking.describe,
    similar.similar,
    asking.shell,
    contents.history,
    contents.diff,
    contents.licences,
    contents.quarantine,
    upkeep.vacuum,
    upkeep.restore,
)

if __name__ == "__main__":
    app()
