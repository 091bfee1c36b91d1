-- A material of Matbench is a metal where its band gap is known to be zero, and nowhere else.
select
    source,
    material_id,
    is_metal,
    band_gap
from staging.materials
where
    source in ('matbench_mp', 'matbench_expt')
    and is_metal <> (band_gap = 0)
