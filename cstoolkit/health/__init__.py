"""Which customers are at risk, and how early do we know?

Notebook 06; sources S1, S3 (docs/sources.md).
"""

from cstoolkit._lazy import lazy
from cstoolkit.health.actions import acting, signs, trial_size
from cstoolkit.health.backtesting import (
    backtest,
    best_possible,
    calibration,
    decisions,
    judge,
    lacks,
    reached,
    settled,
    train,
)
from cstoolkit.health.measures import EVIDENCE, MEASURES, features, shown
from cstoolkit.health.renewals import (
    Costs,
    bands,
    coming,
    forecast,
    horizons,
    judge_bands,
    moves,
    queue,
    rank,
    threshold,
)
from cstoolkit.health.scores import Model, Training, fit, points, score
from cstoolkit.health.traits import Segments, explained, segments

__all__ = [
    "EVIDENCE",
    "MEASURES",
    "Costs",
    "Model",
    "Segments",
    "Training",
    "acting",
    "backtest",
    "bands",
    "best_possible",
    "calibration",
    "coming",
    "decisions",
    "explained",
    "features",
    "fit",
    "forecast",
    "horizons",
    "judge",
    "judge_bands",
    "lacks",
    "moves",
    "points",
    "queue",
    "rank",
    "reached",
    "score",
    "segments",
    "settled",
    "shown",
    "signs",
    "threshold",
    "train",
    "trial_size",
]

__getattr__, __dir__ = lazy(__name__, ("exercises", "panels", "plots"))
