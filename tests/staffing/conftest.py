"""A small base and a plan for it."""

from __future__ import annotations

import pandas as pd
import pytest


@pytest.fixture
def base():
    """Forty high and two hundred low touch customers."""
    return pd.DataFrame(
        {
            "segment": ["high"] * 40 + ["low"] * 200,
            "tier": ["high"] * 40 + ["low"] * 200,
            "arr": [50_000.0] * 40 + [8_000.0] * 200,
        }
    )


@pytest.fixture
def effort():
    return pd.DataFrame(
        {"tier": ["high", "low"], "phase": "all", "hours": [6.0, 0.5], "per": "month"}
    )
