"""What sorting 100,000 voices costs beside merely counting their terms, and what the figures cost beside the sorting.

Times are processor time: that of a machine that is busy with other things too is not the code's.
"""

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from cstoolkit import voc

pytestmark = pytest.mark.bench

SIZE = 100_000


@pytest.fixture(scope="module")
def many(company):
    """The bundled company with 100,000 voices, no two texts alike."""
    rng = np.random.default_rng(8)
    voices = company.voices.iloc[np.sort(rng.integers(0, len(company.voices), SIZE))].reset_index(
        drop=True
    )
    voices["text"] = voices["text"] + " " + pd.Series(np.arange(SIZE).astype(str))
    voices["customer_id"] = rng.choice(company.customers["customer_id"], SIZE)
    return replace(company, voices=voices.assign(voice_id=[f"x{number}" for number in range(SIZE)]))


def seconds(call):
    start = time.process_time()
    call()
    return time.process_time() - start


def test_sorting_costs_little_more_than_counting_terms(many):
    text = many.voices["text"]
    japanese = (voc.language(text) == "ja").to_numpy()

    def count():
        TfidfVectorizer(ngram_range=(1, 2), min_df=3).fit_transform(text[~japanese])
        TfidfVectorizer(analyzer="char", ngram_range=(2, 4), min_df=3).fit_transform(text[japanese])

    ratio = seconds(lambda: voc.assign(many)) / seconds(count)
    print(f"sorting {SIZE:,} voices: {ratio:.1f} times scikit-learn's TF-IDF")
    assert ratio < 4


def test_the_figures_cost_less_than_the_sorting(many):
    sorting = seconds(lambda: voc.assign(many, seed=1))
    topics = voc.assign(many, seed=1)
    figures = (
        voc.arr_at_risk,
        voc.scores,
        voc.growth,
        voc.requirements,
        voc.lead_times,
        voc.churn_after,
    )
    taken = sum(seconds(lambda figure=figure: figure(many, topics)) for figure in figures)
    print(f"all figures: {taken / sorting:.2f} of the sorting")
    assert taken < 0.5 * sorting
