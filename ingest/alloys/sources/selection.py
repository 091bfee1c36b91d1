"""What of a source the user wants: which energies, and which structures."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import polars as pl

from ingest.alloys.sources.energies import EnergyChoice
from ingest.alloys.sources.rows import PASSED_OVER, SourceStructures
from warehouse.errors import WarehouseError, first_line


@dataclass(frozen=True)
class Selection:
    """The name of the energy, whether energies are per atom, and a condition on the structures.

    `where` is a condition in SQL on the columns of `alloy_structures`, and `n_atoms`.
    """

    energy: str | None = None
    per_atom: bool = False
    where: str | None = None

    @property
    def energies(self) -> EnergyChoice:
        """What readers need of it."""
        return EnergyChoice(self.energy, self.per_atom)

    def parameters(self) -> dict[str, Any]:
        """What was chosen, for the record; nothing if that is nothing."""
        return {name: value for name, value in asdict(self).items() if value}

    def apply(self, found: SourceStructures) -> SourceStructures:
        """Leave out what does not fulfil the condition, and say so of each.

        Raises WarehouseError if the condition is none, or leaves nothing.
        """
        if self.where is None:
            return found
        kept = found.rows.filter(self._fulfilled(found.rows))
        if kept.is_empty():
            known = ", ".join(f"{value!r}" for value in found.rows["calculator"].unique().sort())
            raise WarehouseError(
                f"none of {found.rows.height} structures fulfils --where {self.where}",
                hint=f"their calculators are {known}",
            )
        others = found.rows.join(kept, on="structure_id", how="anti")
        left_out = others.select(
            row=pl.struct("alloy", "source", "structure_id").struct.json_encode(),
            reason=pl.lit(f"{PASSED_OVER}it does not fulfil {self.where}"),
        )
        return replace(found, rows=kept, rejected=pl.concat([found.rejected, left_out]))

    def _fulfilled(self, rows: pl.DataFrame) -> pl.Series:
        """Whether each of `rows` fulfils the condition; NULL is no."""
        import duckdb

        with duckdb.connect() as connection:
            connection.execute("set enable_external_access = false; set lock_configuration = true")
            structures = rows.with_columns(n_atoms=pl.col("symbols").list.len()).to_arrow()
            relation = connection.from_arrow(structures)
            try:
                answer = relation.project(f"coalesce(cast(({self.where}) as boolean), false) as x")
                fulfilled: pl.Series = answer.pl()["x"]
            except duckdb.Error as error:
                raise WarehouseError(
                    f"--where {self.where} is no condition: {first_line(error)}",
                    hint="write one in SQL on columns of raw.alloy_structures, such as "
                    "--where \"calculator = 'vasp'\"",
                ) from error
        return fulfilled
