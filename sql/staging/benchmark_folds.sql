-- One row per benchmark and material: the official fold in which the material is tested.
select
    benchmark,
    material_id,
    fold as official_fold                                  -- 1: the benchmark's own fold that tests this row
from raw.benchmark_folds
