-- One row per series of simulations and set of parameters in which a solution parts from a solution:
-- where the gap closes. Near there its width goes like (1 - T/Tc)^0.3265, as in every model of this
-- kind (Pelissetto and Vicari 2002, 10.1016/S0370-1573(02)00219-3), so that power of the width falls
-- on a straight line, which ends at Tc. Of widths from 0.45 to 0.8: wider gaps are not near enough, and
-- narrower ones are blurred by a crystal of finite size. That range lies outside of where the law is
-- exact: of widths of the nearest-neighbour Ising model such a line ends one to two percent too high,
-- of mean fields, to which interactions of long range come near, 3.5 percent too low.
with gaps as (

    select
        *,
        right_concentration - left_concentration as width,
        left_concentration_error * left_concentration_error
        + right_concentration_error * right_concentration_error as width_variance,
        (left_concentration + right_concentration) / 2 as middle
    from marts.phase_boundaries
    where left_phase = 'solution' and right_phase = 'solution'

),

near as (

    select
        *,
        case when width between 0.45 and 0.8 then temperature end as x,
        case when width between 0.45 and 0.8 then power(width, 3.062787) end as y,
        power(3.062787 * power(width, 2.062787), 2) * width_variance as y_variance
    from gaps

),

lines as (

    select
        alloy,
        series,
        run_id,
        draw,
        n_sites,
        max(temperature) as highest_gap_temperature,
        count(x) as n_gap_temperatures,
        avg(x) as mean_x,
        avg(y) as mean_y,
        avg(case when x is not null then middle end) as mean_middle,
        avg(x * x) - avg(x) * avg(x) as spread,
        (avg(x * y) - avg(x) * avg(y)) / nullif(avg(x * x) - avg(x) * avg(x), 0) as slope,
        (avg(x * middle) - avg(x) * avg(case when x is not null then middle end))
            / nullif(avg(x * x) - avg(x) * avg(x), 0) as lean,
        avg(y * y) - avg(y) * avg(y) as variance,
        avg(case when x is not null then y_variance end) as expected_variance
    from near
    group by alloy, series, run_id, draw, n_sites

),

ends as (

    select
        *,
        case when n_gap_temperatures >= 3 and slope < 0 then mean_x - mean_y / slope end as tip
    from lines

)

select
    alloy,
    series,
    run_id,
    draw,
    n_sites,
    highest_gap_temperature,                             -- K: the highest simulated one at which two solutions stand side by side
    n_gap_temperatures,                                  -- 1: temperatures at which the gap is 0.45 to 0.8 wide, from which it is extrapolated
    tip as critical_temperature,                         -- K: where the gap closes; NULL where fewer than three widths tell
    sqrt(
        greatest(
            (variance - slope * slope * spread) / nullif(n_gap_temperatures - 2, 0),
            expected_variance / n_gap_temperatures
        ) * (1 + (tip - mean_x) * (tip - mean_x) / nullif(spread, 0))
    ) / abs(slope) as critical_temperature_error,        -- K: its standard error, by how the widths scatter about the line, or by their own errors where these say more
    mean_middle + lean * (tip - mean_x) as critical_concentration          -- 1: share of the second element there, by the straight line of the gap's middles
from ends
