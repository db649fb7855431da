"""The causes behind the bundled company: one frozen record, published with the data.

Every effect works on a logarithmic scale, so that 0 means "no effect": hazards are multiplied by
exp(effect), odds likewise. Values, units, ranges and meanings stand in ``rules.csv``.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cstoolkit import assumptions

_EFFECTS = assumptions.read("synthesis", "Truth")


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What drives fit, value, usage, churn and expansion in the synthetic company,
    and how strongly.

    The defaults are the truth of the bundled company. Vary one with :func:`dataclasses.replace`;
    every effect may be 0.

    Examples
    --------
    >>> Truth().handoff_on_value < 0 < Truth().notes_win_back
    True
    >>> Truth(stall_factor=3)
    Traceback (most recent call last):
    ValueError: Truth: stall_factor is a share above 0 and up to 1, got 3. For 3% write 0.03.
    """

    # qualification and choice of onboarding
    fit_mean: float = _EFFECTS["fit_mean"]
    fit_sd: float = _EFFECTS["fit_sd"]
    answer_noise: float = _EFFECTS["answer_noise"]
    fit_on_sale: float = _EFFECTS["fit_on_sale"]
    fit_on_paid: float = _EFFECTS["fit_on_paid"]
    size_on_paid: float = _EFFECTS["size_on_paid"]
    size_on_self: float = _EFFECTS["size_on_self"]

    # milestones
    kickoff_rate: float = _EFFECTS["kickoff_rate"]
    live_rate: float = _EFFECTS["live_rate"]
    first_rate: float = _EFFECTS["first_rate"]
    basic_rate: float = _EFFECTS["basic_rate"]
    exceeded_rate: float = _EFFECTS["exceeded_rate"]
    fit_on_value: float = _EFFECTS["fit_on_value"]
    size_on_value: float = _EFFECTS["size_on_value"]
    self_on_value: float = _EFFECTS["self_on_value"]
    paid_on_value: float = _EFFECTS["paid_on_value"]
    high_on_value: float = _EFFECTS["high_on_value"]
    tech_on_value: float = _EFFECTS["tech_on_value"]
    hours_on_value: float = _EFFECTS["hours_on_value"]
    handoff_on_value: float = _EFFECTS["handoff_on_value"]
    notes_win_back: float = _EFFECTS["notes_win_back"]
    frailty_sd: float = _EFFECTS["frailty_sd"]

    # stalls
    stall_rate: float = _EFFECTS["stall_rate"]
    fit_on_stall: float = _EFFECTS["fit_on_stall"]
    hours_on_stall: float = _EFFECTS["hours_on_stall"]
    handoff_on_stall: float = _EFFECTS["handoff_on_stall"]
    stall_end_rate: float = _EFFECTS["stall_end_rate"]
    hours_on_stall_end: float = _EFFECTS["hours_on_stall_end"]
    response_on_stall_end: float = _EFFECTS["response_on_stall_end"]
    stall_factor: float = _EFFECTS["stall_factor"]

    # engagement: how much a customer still wants this; it falls in declines and may recover
    decline_rate: float = _EFFECTS["decline_rate"]
    champion_rate: float = _EFFECTS["champion_rate"]
    stall_decline_rate: float = _EFFECTS["stall_decline_rate"]
    problem_decline_rate: float = _EFFECTS["problem_decline_rate"]
    handoff_decline_rate: float = _EFFECTS["handoff_decline_rate"]
    fit_on_decline: float = _EFFECTS["fit_on_decline"]
    review_on_decline: float = _EFFECTS["review_on_decline"]
    community_on_decline: float = _EFFECTS["community_on_decline"]
    decline_step: float = _EFFECTS["decline_step"]
    decline_floor: float = _EFFECTS["decline_floor"]
    recovery_rate: float = _EFFECTS["recovery_rate"]
    hours_on_recovery: float = _EFFECTS["hours_on_recovery"]
    problem_rate: float = _EFFECTS["problem_rate"]
    problem_end_rate: float = _EFFECTS["problem_end_rate"]

    # how early each sign speaks after a decline began, and how loudly
    logins_lag: int = _EFFECTS["logins_lag"]
    users_lag: int = _EFFECTS["users_lag"]
    features_lag: int = _EFFECTS["features_lag"]
    voices_lag: int = _EFFECTS["voices_lag"]
    engagement_on_logins: float = _EFFECTS["engagement_on_logins"]
    engagement_on_users: float = _EFFECTS["engagement_on_users"]
    engagement_on_features: float = _EFFECTS["engagement_on_features"]
    engagement_on_score: float = _EFFECTS["engagement_on_score"]

    # usage
    usage_base: float = _EFFECTS["usage_base"]
    fit_on_usage: float = _EFFECTS["fit_on_usage"]
    setup_factor: float = _EFFECTS["setup_factor"]
    first_on_usage: float = _EFFECTS["first_on_usage"]
    value_on_usage: float = _EFFECTS["value_on_usage"]
    usage_customer_sd: float = _EFFECTS["usage_customer_sd"]
    usage_month_sd: float = _EFFECTS["usage_month_sd"]

    # renewal, contraction, expansion, return
    churn_base: float = _EFFECTS["churn_base"]
    value_on_churn: float = _EFFECTS["value_on_churn"]
    fit_on_churn: float = _EFFECTS["fit_on_churn"]
    usage_on_churn: float = _EFFECTS["usage_on_churn"]
    handoff_on_churn: float = _EFFECTS["handoff_on_churn"]
    engagement_on_churn: float = _EFFECTS["engagement_on_churn"]
    proposal_on_churn: float = _EFFECTS["proposal_on_churn"]
    story_on_churn: float = _EFFECTS["story_on_churn"]
    churn_noise_sd: float = _EFFECTS["churn_noise_sd"]
    open_ended_shift: float = _EFFECTS["open_ended_shift"]
    contraction_base: float = _EFFECTS["contraction_base"]
    usage_on_contraction: float = _EFFECTS["usage_on_contraction"]
    upsell_rate: float = _EFFECTS["upsell_rate"]
    cross_sell_rate: float = _EFFECTS["cross_sell_rate"]
    usage_on_expansion: float = _EFFECTS["usage_on_expansion"]
    value_on_expansion: float = _EFFECTS["value_on_expansion"]
    return_rate: float = _EFFECTS["return_rate"]

    # the work
    notes_share: float = _EFFECTS["notes_share"]
    notes_share_ops: float = _EFFECTS["notes_share_ops"]

    def __post_init__(self) -> None:
        assumptions.check(self)

    def table(self) -> pd.DataFrame:
        """One row an effect: name, value, unit, low, high, meaning."""
        rows = assumptions.table(self).drop(columns="source").astype({"value": float})
        return rows.rename(columns={"assumption": "name", "says": "meaning"})
