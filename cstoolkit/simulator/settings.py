"""What the simulator assumes, and how the people in it are staffed.

Every figure of `Assumptions` stands in rules.csv with unit, range and source; S0 to S4 claim that
an effect is there and never how large it is, so every size is ours.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cstoolkit import assumptions, checks, staffing, tables
from cstoolkit.data.contract import TIERS
from cstoolkit.simulator.mechanisms import WORK

_RULES = assumptions.read("simulator", "Assumptions")


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """How customers and people behave. ``cs.show_assumptions(simulator.Assumptions())`` shows each
    figure with its unit, range, source and meaning; vary one with ``dataclasses.replace``.

    Where the bundled company covers the same mechanism, the figure is the one that its data card
    publishes, so that a back-test there checks the machine, not the figures.

    Raises
    ------
    ValueError
        For a figure that cannot be.

    Examples
    --------
    >>> Assumptions(kept_with_notes=0.9).kept_with_notes
    0.9
    """

    running_rate: float = _RULES["running_rate"]
    value_rate: float = _RULES["value_rate"]
    fit_on_value: float = _RULES["fit_on_value"]
    size_on_value: float = _RULES["size_on_value"]
    self_on_value: float = _RULES["self_on_value"]
    paid_on_value: float = _RULES["paid_on_value"]
    high_on_value: float = _RULES["high_on_value"]
    tech_on_value: float = _RULES["tech_on_value"]
    hours_on_value: float = _RULES["hours_on_value"]
    frailty_sd: float = _RULES["frailty_sd"]
    unknown_on_value: float = _RULES["unknown_on_value"]
    friction_rate: float = _RULES["friction_rate"]
    fit_on_friction: float = _RULES["fit_on_friction"]
    hours_on_friction: float = _RULES["hours_on_friction"]
    unknown_on_friction: float = _RULES["unknown_on_friction"]
    friction_end_rate: float = _RULES["friction_end_rate"]
    hours_on_friction_end: float = _RULES["hours_on_friction_end"]
    answer_on_friction_end: float = _RULES["answer_on_friction_end"]
    friction_notice: float = _RULES["friction_notice"]
    decline_rate: float = _RULES["decline_rate"]
    friction_on_decline: float = _RULES["friction_on_decline"]
    unknown_on_decline: float = _RULES["unknown_on_decline"]
    fit_on_decline: float = _RULES["fit_on_decline"]
    review_on_decline: float = _RULES["review_on_decline"]
    community_on_decline: float = _RULES["community_on_decline"]
    decline_step: float = _RULES["decline_step"]
    decline_floor: float = _RULES["decline_floor"]
    recovery_rate: float = _RULES["recovery_rate"]
    hours_on_recovery: float = _RULES["hours_on_recovery"]
    usage_base: float = _RULES["usage_base"]
    setup_on_usage: float = _RULES["setup_on_usage"]
    fit_on_usage: float = _RULES["fit_on_usage"]
    value_on_usage: float = _RULES["value_on_usage"]
    friction_on_usage: float = _RULES["friction_on_usage"]
    engagement_on_usage: float = _RULES["engagement_on_usage"]
    usage_sd: float = _RULES["usage_sd"]
    churn_base: float = _RULES["churn_base"]
    value_on_churn: float = _RULES["value_on_churn"]
    fit_on_churn: float = _RULES["fit_on_churn"]
    usage_on_churn: float = _RULES["usage_on_churn"]
    engagement_on_churn: float = _RULES["engagement_on_churn"]
    unknown_on_churn: float = _RULES["unknown_on_churn"]
    proposal_on_churn: float = _RULES["proposal_on_churn"]
    open_ended_shift: float = _RULES["open_ended_shift"]
    contraction_base: float = _RULES["contraction_base"]
    usage_on_contraction: float = _RULES["usage_on_contraction"]
    upsell_rate: float = _RULES["upsell_rate"]
    cross_sell_rate: float = _RULES["cross_sell_rate"]
    usage_on_expansion: float = _RULES["usage_on_expansion"]
    value_on_expansion: float = _RULES["value_on_expansion"]
    proposal_on_expansion: float = _RULES["proposal_on_expansion"]
    visible_on_cross_sell: float = _RULES["visible_on_cross_sell"]
    notes_share: float = _RULES["notes_share"]
    notes_share_ops: float = _RULES["notes_share_ops"]
    kept_with_notes: float = _RULES["kept_with_notes"]
    kept_without_notes: float = _RULES["kept_without_notes"]
    lost_with_people: float = _RULES["lost_with_people"]
    relearning: float = _RULES["relearning"]
    forgetting: float = _RULES["forgetting"]
    phase_gain: float = _RULES["phase_gain"]
    industry_gain: float = _RULES["industry_gain"]
    feature_gain: float = _RULES["feature_gain"]
    closeness_gain: float = _RULES["closeness_gain"]
    coordination_cost: float = _RULES["coordination_cost"]
    interface_gain: float = _RULES["interface_gain"]
    interface_delay: float = _RULES["interface_delay"]
    cre_on_friction: float = _RULES["cre_on_friction"]
    marketing_gain: float = _RULES["marketing_gain"]
    embedded_gain: float = _RULES["embedded_gain"]
    request_hours: float = _RULES["request_hours"]
    work_fades: float = _RULES["work_fades"]
    overload_on_leaving: float = _RULES["overload_on_leaving"]
    overload_memory: float = _RULES["overload_memory"]
    hours_memory: float = _RULES["hours_memory"]
    service_memory: float = _RULES["service_memory"]
    contraction_level: float = _RULES["contraction_level"]
    price_rise: float = _RULES["price_rise"]
    price_rise_share: float = _RULES["price_rise_share"]
    upsell_least: float = _RULES["upsell_least"]
    upsell_most: float = _RULES["upsell_most"]
    cross_sell_least: float = _RULES["cross_sell_least"]
    cross_sell_most: float = _RULES["cross_sell_most"]

    def __post_init__(self) -> None:
        assumptions.check(self)

    @property
    def plain(self) -> tuple:
        """The figures as a named tuple of floats, as the mechanisms take them."""
        return _Plain(*(float(getattr(self, name)) for name in _Plain._fields))


_Plain = namedtuple("_Plain", list(_RULES))

WITHOUT_DESIGN = {
    "phase_gain": 0.0,
    "industry_gain": 0.0,
    "feature_gain": 0.0,
    "closeness_gain": 0.0,
    "coordination_cost": 0.0,
    "interface_gain": 0.0,
    "embedded_gain": 0.0,
    "visible_on_cross_sell": 0.0,
    "kept_with_notes": 1.0,
    "kept_without_notes": 1.0,
    "lost_with_people": 0.0,
}
"""The assumptions through which a design acts other than by who has how many hours, at no effect."""


@dataclass(frozen=True, kw_only=True)
class Staffing:
    """The people beside a design: their hours, how they come and go, and what goes first.

    Parameters
    ----------
    capacity : staffing.Capacity, optional
        What everybody works; default: the assumed share of each person's own hours.
    hiring : staffing.Hiring
        How people come and go.
    cost : staffing.Cost, optional
    hires_a_year : float, optional
        People added besides successors of those who leave; default: as many as came in net in the
        company's last year.
    hires_on : tuple of float, optional
        Instead: the week in which each further seat is filled.
    automation : float
        Share of the planned hours of low and tech touch that tools take over.
    cre, marketing : float, ops : bool, optional
        CRE people; customer marketers, and whether there is CS Ops (default: as the company has).
    priority : tuple of str
        Which work goes first where a team has too few hours.
    touch : mapping, optional
        By tier, a factor on its planned hours.
    onboarding : float
        A factor on the planned hours of onboarding.

    Raises
    ------
    ValueError
        For an impossible figure or an order that does not name each kind of work once.

    Examples
    --------
    >>> Staffing(automation=0.2).priority
    ('friction', 'renewal', 'onboarding', 'adoption', 'expansion')
    """

    capacity: staffing.Capacity | None = None
    hiring: staffing.Hiring = field(default_factory=staffing.Hiring)
    cost: staffing.Cost | None = None
    hires_a_year: float | None = None
    hires_on: tuple[float, ...] | None = None
    automation: float = 0.0
    cre: float = 0.0
    marketing: float | None = None
    ops: bool | None = None
    priority: tuple[str, ...] = ("friction", "renewal", "onboarding", "adoption", "expansion")
    touch: Mapping[str, float] = field(default_factory=dict)
    onboarding: float = 1.0

    def __post_init__(self) -> None:
        checks.share("Staffing", "automation", self.automation, zero=True, one=False)
        checks.not_negative("Staffing", cre=self.cre, onboarding=self.onboarding)
        if self.hires_a_year is not None:
            checks.not_negative("Staffing", hires_a_year=self.hires_a_year)
        if sorted(self.priority) != sorted(WORK):
            raise ValueError(
                f"Staffing: priority names each of {', '.join(WORK)} once, "
                f"got {', '.join(self.priority) or 'nothing'}."
            )
        for tier, factor in self.touch.items():
            checks.one_of("Staffing", "touch", tier, TIERS)
            checks.not_negative("Staffing", **{f"touch of {tier}": factor})

    def week(self, own: np.ndarray) -> np.ndarray:
        """Hours a week for customers of people with these own hours (missing: unknown)."""
        assumed = self.capacity or staffing.Capacity()
        full = assumed.hours * 12 * 7 / 365.25
        own = np.full(len(own), full) if self.capacity else np.where(np.isnan(own), full, own)
        return own * assumed.utilisation

    def factor(self, tier: str) -> float:
        """What remains of the planned hours of a tier."""
        tools = 0.0 if tier == "high" else self.automation
        return float(self.touch.get(tier, 1.0)) * (1.0 - tools)


TOUCH = tables.read("simulator", "touch").set_index("tier")
"""By tier: the shares of customers whose friction is answered, who have a business review in half a
year, and who get a usage proposal before a renewal, when all planned work is done (ours)."""
