-- Features of materials, and what the classifier reads, are made only from those columns of
-- `staging.materials` that are listed here: others may define the label, or exist where it is known.
-- The moment of an insulator's cell is an integer, so it tells the label: it is read per atom in wide
-- steps or not at all.
with forbidden as (

    select column_name
    from duckdb_columns()
    where
        schema_name = 'staging'
        and table_name = 'materials'
        and column_name not in (
            'source', 'dataset', 'material_id', 'formula', 'composition', 'nsites', 'license', 'is_metal',
            'formula_pretty', 'volume', 'density', 'density_atomic', 'crystal_system',
            'spacegroup_symbol', 'spacegroup_number', 'point_group', 'formation_energy_per_atom',
            'energy_above_hull', 'is_magnetic', 'ordering',
            'num_magnetic_sites', 'num_unique_magnetic_sites', 'theoretical', 'database_version', 'reduced_formula', 'chemsys',
            'mean_atomic_weight', 'bulk_modulus_vrh', 'shear_modulus_vrh',
            'last_updated'
        )

),

readers as (

    select
        schema_name || '.' || view_name as view_name,
        lower(sql) as text
    from duckdb_views()
    where
        schema_name = 'features'
        or (schema_name = 'marts' and view_name like 'metal%')

)

select
    readers.view_name,
    forbidden.column_name
from readers
inner join forbidden
    on regexp_matches(
        readers.text,
        -- A name of one letter, the refractive index, counts only where it says whose it is.
        case when length(forbidden.column_name) = 1 then 'materials\.' else '(^|[^a-z0-9_])' end
        || forbidden.column_name || '([^a-z0-9_]|$)'
    )
where
    forbidden.column_name <> 'total_magnetization'
    or readers.view_name not in ('features.labelled_materials', 'features.structure_descriptors')
