-- What the classifier reads has no column that defines its label, nor any other result of the
-- calculation that the label comes from.
select column_name
from duckdb_columns()
where
    schema_name = 'marts'
    and table_name = 'metal_training'
    and (
        column_name in (
            'band_gap', 'cbm', 'vbm', 'efermi', 'is_gap_direct', 'formation_energy_per_atom',
            'energy_above_hull', 'uncorrected_energy_per_atom', 'energy_per_atom',
            'es_source_calc_id', 'bandstructure', 'total_magnetization', 'ordering'
        )
        or regexp_matches(column_name, '(^|_)dos(_|$)|band_?structure|fermi')
    )
