"""The causes behind the bundled company: one frozen record, published with the data.

Every effect works on a logarithmic scale, so that 0 means "no effect": hazards are multiplied by exp(effect), odds likewise.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import pandas as pd

from cstoolkit import checks
from cstoolkit.assumptions import OURS, assumption


def _ours(default: float, unit: str, low: float, high: float, says: str):
    return assumption(default, unit=unit, low=low, high=high, source=OURS, says=says)


LOG = "log-hazard"
ODDS = "log-odds"
WEEK = "a week"


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What drives fit, time to value, usage, churn and expansion in the synthetic company, and how strongly.

    The defaults are the truth of the bundled company. Vary one with :func:`dataclasses.replace`; every effect may be 0.

    >>> Truth().handoff_on_value < 0 < Truth().notes_win_back
    True
    >>> Truth(stall_factor=3)
    Traceback (most recent call last):
    ValueError: Truth: stall_factor is a number above 0 and up to 1, got 3. Usage in a stall is a share of what it was.
    """

    # qualification and choice of onboarding
    fit_mean: float = _ours(58, "points", 40, 75, "mean latent fit of those who are qualified")
    fit_sd: float = _ours(16, "points", 5, 25, "spread of latent fit")
    answer_noise: float = _ours(
        13, "points", 0, 20, "noise of one answer, on the scale of fit, before rounding"
    )
    fit_on_sale: float = _ours(
        0.35, f"{ODDS} per 10 points", 0, 1, "recorded fit makes a sale likelier"
    )
    fit_on_paid: float = _ours(
        0.3, f"{ODDS} per 10 points", 0, 1, "better fit chooses paid onboarding more often"
    )
    size_on_paid: float = _ours(
        0.5, f"{ODDS} per log-unit of employees", 0, 1, "larger customers choose paid onboarding"
    )
    size_on_self: float = _ours(
        -0.6, f"{ODDS} per log-unit of employees", -1, 0, "larger customers avoid self-service"
    )

    # milestones
    kickoff_rate: float = _ours(0.55, WEEK, 0.1, 1, "baseline rate of the kickoff")
    live_rate: float = _ours(0.3, WEEK, 0.05, 0.5, "baseline rate of going live")
    first_rate: float = _ours(0.13, WEEK, 0.02, 0.4, "baseline rate of first value")
    basic_rate: float = _ours(0.055, WEEK, 0.01, 0.2, "baseline rate of basic value")
    exceeded_rate: float = _ours(
        0.008, WEEK, 0.001, 0.05, "baseline rate of exceeded value, after basic value"
    )
    fit_on_value: float = _ours(
        0.22, f"{LOG} per 10 points", 0, 0.6, "fit brings every milestone sooner"
    )
    size_on_value: float = _ours(
        -0.1, f"{LOG} per log-unit of employees", -0.4, 0, "larger customers take longer"
    )
    self_on_value: float = _ours(
        -0.3, f"{LOG} against free", -1, 0, "self-service onboarding is slower than free"
    )
    paid_on_value: float = _ours(
        0.3, f"{LOG} against free", 0, 1, "paid onboarding is faster than free, at the same fit"
    )
    high_on_value: float = _ours(
        0.1,
        f"{LOG} against low touch",
        -0.5,
        0.5,
        "high touch against low touch, at the same hours",
    )
    tech_on_value: float = _ours(
        -0.15,
        f"{LOG} against low touch",
        -0.5,
        0.5,
        "tech touch against low touch, at the same hours",
    )
    hours_on_value: float = _ours(
        0.15, f"{LOG} per log1p(hours)", 0, 0.6, "hours received in the last 28 days speed up value"
    )
    handoff_on_value: float = _ours(-0.6, LOG, -1.5, 0, "a handoff slows value for a time")
    notes_win_back: float = _ours(0.45, LOG, 0, 1.5, "what passing the notes wins back of that")
    frailty_sd: float = _ours(0.2, LOG, 0, 0.6, "unseen difference in pace between customers")

    # stalls
    stall_rate: float = _ours(
        0.012, WEEK, 0.002, 0.05, "baseline rate at which a live customer's usage stalls"
    )
    fit_on_stall: float = _ours(
        -0.2, f"{LOG} per 10 points", -0.6, 0, "fit protects against stalls"
    )
    hours_on_stall: float = _ours(
        -0.2, f"{LOG} per log1p(hours)", -0.8, 0, "hours received protect against stalls"
    )
    handoff_on_stall: float = _ours(0.7, LOG, 0, 1.5, "a handoff without notes brings stalls")
    stall_end_rate: float = _ours(0.06, WEEK, 0.02, 0.3, "baseline rate at which a stall ends")
    hours_on_stall_end: float = _ours(
        0.3, f"{LOG} per log1p(hours)", 0, 1, "hours received end stalls sooner"
    )
    response_on_stall_end: float = _ours(
        0.6, LOG, 0, 1.5, "an answer to the stall in the last 28 days ends it sooner"
    )
    stall_factor: float = _ours(0.45, "share", 0.1, 1, "what remains of usage in a stall")

    # engagement: how much a customer still wants this; it falls in declines and may recover
    decline_rate: float = _ours(
        0.0016, WEEK, 0, 0.01, "declines without a cause that is named here"
    )
    champion_rate: float = _ours(
        0.0022, WEEK, 0, 0.01, "the customer's champion leaves, and a decline begins"
    )
    stall_decline_rate: float = _ours(
        0.04, WEEK, 0, 0.2, "declines added while a stall goes unanswered"
    )
    problem_decline_rate: float = _ours(
        0.035, WEEK, 0, 0.2, "declines added while a problem is open for long"
    )
    handoff_decline_rate: float = _ours(
        0.012, WEEK, 0, 0.1, "declines added after a handoff without notes"
    )
    fit_on_decline: float = _ours(
        -0.15, f"{LOG} per 10 points", -0.6, 0, "fit protects against every decline"
    )
    review_on_decline: float = _ours(
        -0.5, LOG, -1.5, 0, "a business review tied to the customer's goals protects for 180 days"
    )
    community_on_decline: float = _ours(
        0, LOG, -1, 1, "a user group meeting in the last 180 days: nothing"
    )
    decline_step: float = _ours(0.055, "log a week", 0.01, 0.2, "engagement lost in a decline")
    decline_floor: float = _ours(1.6, "log", 0.5, 3, "the most engagement that is lost")
    recovery_rate: float = _ours(0.022, WEEK, 0, 0.2, "baseline rate at which a decline turns")
    hours_on_recovery: float = _ours(
        0.3, f"{LOG} per log1p(hours)", 0, 1, "hours received turn declines sooner"
    )
    problem_rate: float = _ours(0.004, WEEK, 0, 0.02, "rate at which a customer meets a problem")
    problem_end_rate: float = _ours(0.09, WEEK, 0.02, 0.5, "rate at which it is solved")

    # how early each sign speaks after a decline began, and how loudly
    logins_lag: int = _ours(0, "weeks", 0, 26, "logins follow engagement at once")
    users_lag: int = _ours(4, "weeks", 0, 26, "active users follow engagement later")
    features_lag: int = _ours(9, "weeks", 0, 26, "then features fall out of use")
    voices_lag: int = _ours(13, "weeks", 0, 26, "at last customers say so")
    engagement_on_logins: float = _ours(0.8, "log per log", 0, 2, "logins of an active user")
    engagement_on_users: float = _ours(0.45, "log per log", 0, 2, "active share of seats")
    engagement_on_features: float = _ours(
        0.35, "share per log", 0, 1, "customers who go on using a feature"
    )
    engagement_on_score: float = _ours(1.6, "points per log", 0, 4, "scores that customers give")

    # usage
    usage_base: float = _ours(
        0.3, "share of seats", 0.1, 0.6, "active share at fit 60 before any value"
    )
    fit_on_usage: float = _ours(0.08, "log per 10 points", 0, 0.3, "fit raises the active share")
    setup_factor: float = _ours(0.35, "share", 0.05, 1, "usage before going live, against after")
    first_on_usage: float = _ours(0.2, "log", 0, 0.6, "first value raises the active share")
    value_on_usage: float = _ours(0.3, "log", 0, 0.8, "basic value raises the active share further")
    usage_customer_sd: float = _ours(0.22, "log", 0, 0.6, "lasting difference between customers")
    usage_month_sd: float = _ours(0.12, "log", 0, 0.4, "difference between months")

    # renewal, contraction, expansion, return
    churn_base: float = _ours(
        -1.5, ODDS, -3, 0, "a contract's end at fit 60, no basic value, usage health 0"
    )
    value_on_churn: float = _ours(-1.1, ODDS, -3, 0, "basic value reached by the decision")
    fit_on_churn: float = _ours(-0.22, f"{ODDS} per 10 points", -0.6, 0, "fit")
    usage_on_churn: float = _ours(
        -0.8, f"{ODDS} per log-unit", -2, 0, "usage health at the decision"
    )
    handoff_on_churn: float = _ours(
        0.5, ODDS, 0, 1.5, "a handoff without notes in the last 180 days"
    )
    engagement_on_churn: float = _ours(
        -1.7, f"{ODDS} per log", -4, 0, "engagement at the decision, which is 0 or below"
    )
    proposal_on_churn: float = _ours(
        -0.5, ODDS, -1.5, 0, "a usage proposal in the 90 days before the decision"
    )
    story_on_churn: float = _ours(
        0, ODDS, -1, 1, "a success story shared in the last 180 days: nothing"
    )
    churn_noise_sd: float = _ours(
        0.3, ODDS, 0, 1, "all that nobody recorded, the price talk for one"
    )
    open_ended_shift: float = _ours(
        -2.4, ODDS, -4, -1, "one month of an open-ended contract against a contract's end"
    )
    contraction_base: float = _ours(
        -2.7, ODDS, -4, -1, "a renewal at a lower level, at usage health 0"
    )
    usage_on_contraction: float = _ours(-0.8, f"{ODDS} per log-unit", -2, 0, "usage health")
    upsell_rate: float = _ours(0.0032, WEEK, 0, 0.01, "baseline rate of an upsell")
    cross_sell_rate: float = _ours(
        0.0023, WEEK, 0, 0.01, "baseline rate of buying the second product"
    )
    usage_on_expansion: float = _ours(0.6, f"{LOG} per log-unit", 0, 1.5, "usage health")
    value_on_expansion: float = _ours(0.6, LOG, 0, 1.5, "basic value reached")
    return_rate: float = _ours(
        0.0012, WEEK, 0, 0.01, "rate at which a customer who left comes back"
    )

    # the work
    notes_share: float = _ours(
        0.45, "share", 0, 1, "handoffs with the notes passed on, before there is CS Ops"
    )
    notes_share_ops: float = _ours(0.7, "share", 0, 1, "the same once CS Ops is there")

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            name, value = field.name, getattr(self, field.name)
            checks.number("Truth", name, value)
            if name.endswith(("_sd", "_noise")):
                checks.number("Truth", name, value, least=0, fix="A spread is not negative.")
            if name.endswith("_rate"):
                checks.number("Truth", name, value, least=0, fix="A rate is not negative.")
            if name.endswith("_lag"):
                checks.number("Truth", name, value, least=0, most=26, fix="It is in whole weeks.")
            if name.startswith("notes_share"):
                checks.number(
                    "Truth", name, value, least=0, most=1, fix="A share lies between 0 and 1."
                )
        mend = "Usage before going live is a share of usage after."
        checks.number("Truth", "setup_factor", self.setup_factor, above=0, most=1, fix=mend)
        mend = "Usage in a stall is a share of what it was."
        checks.number("Truth", "stall_factor", self.stall_factor, above=0, most=1, fix=mend)
        checks.number(
            "Truth",
            "usage_base",
            self.usage_base,
            above=0,
            most=1,
            fix="It is a share of the seats.",
        )

    def table(self) -> pd.DataFrame:
        """One row an effect: name, value, unit, low, high, meaning."""
        rows = [
            (
                field.name,
                float(getattr(self, field.name)),
                field.metadata["unit"],
                field.metadata["low"],
                field.metadata["high"],
                field.metadata["says"],
            )
            for field in dataclasses.fields(self)
        ]
        return pd.DataFrame(rows, columns=["name", "value", "unit", "low", "high", "meaning"])
