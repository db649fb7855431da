"""The two halves of a week compiled by numba, for who has it; the same source as without."""

from __future__ import annotations

from numba import njit
from numba.extending import overload, register_jitable

from cstoolkit.simulator import mechanisms


@overload(mechanisms.pick)
def _pick(condition, yes, no):
    """What `pick` is for one customer."""

    def one(condition, yes, no):
        return yes if condition else no

    return one


@overload(mechanisms.some)
def _some(condition):
    """What `some` is for one customer."""

    def one(condition):
        return condition

    return one


for _function in (
    mechanisms.mixed,
    mechanisms.uniform,
    mechanisms.exp,
    mechanisms.chance,
    mechanisms.odds,
    mechanisms.dose,
    mechanisms.arrives,
    mechanisms.phase,
    mechanisms.hand_over,
    mechanisms.ask,
    mechanisms.kind_of_work,
    mechanisms.receive,
    mechanisms.get_to_know,
    mechanisms.reach_value,
    mechanisms.rub,
    mechanisms.cool,
    mechanisms.use,
    mechanisms.leaving,
    mechanisms.renew,
    mechanisms.between,
    mechanisms.expand,
    mechanisms.before_work,
    mechanisms.after_work,
):
    register_jitable(_function)

first_half = njit(cache=True, error_model="numpy")(mechanisms.first_half)
second_half = njit(cache=True, error_model="numpy")(mechanisms.second_half)
