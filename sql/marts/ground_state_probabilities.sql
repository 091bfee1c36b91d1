-- One row per origin of draws and derivative structure among the twenty of lowest predicted energy
-- at each composition: how much the draws of the model agree on it. A draw has parameters of its own
-- and, where the model learned how much no parameters explain (the noise of weighted_ridge), a draw of
-- that for each structure. Those of the bootstrap are too sure all the same, as they do not know of
-- what the penalty hides.
select
    draws.alloy,
    draws.model,
    draws.origin,
    draws.decoration_id,
    draws.concentration,
    count(*) as n_draws,                                 -- 1: draws of parameters and noise
    avg(draws.drawn_formation_energy_per_atom) as mean_formation_energy_per_atom, -- eV/atom: mean of the draws' predictions
    stddev_samp(draws.drawn_formation_energy_per_atom) as std_formation_energy_per_atom, -- eV/atom: standard deviation of the draws' predictions
    avg(
        case
            when draws.drawn_formation_energy_per_atom <= hulls.hull_energy + 1e-9 then 1.0
            else 0.0
        end
    ) as hull_probability                                -- 1: share of the draws that put it on their own hull
from marts._derivative_draws as draws
inner join marts._convex_hulls as hulls
    on draws.alloy = hulls.alloy
    and draws.origin || ' ' || cast(draws.draw as varchar) = hulls.series
    and draws.concentration = hulls.concentration
where hulls.origin = 'drawn'
group by
    draws.alloy,
    draws.model,
    draws.origin,
    draws.decoration_id,
    draws.concentration
