"""``python -m cstoolkit.synthesis [folder]``: rewrite the bundled data set."""

import sys
from pathlib import Path

from cstoolkit.synthesis import synthesize
from cstoolkit.synthesis.publish import SEED, write

folder = (
    Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2] / "datasets"
)
write(synthesize(seed=SEED), folder)
print(f"written: {folder}")
