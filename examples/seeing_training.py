"""Look at networks: how they learn, what they have learned, and whether they could.

Checks the gradient of a network against differences, tries out learning rates, and
draws the curves of two fits, the decision of a perceptron and of a multi-layer
perceptron from epoch to epoch (the latter as an animation, too), a network as a
diagram, activations, and weights as images and as bars. Writes eight pictures and a
page with the animation. The callback that keeps the weights needs scikit-learn 1.9.
"""

import argparse
import warnings
from pathlib import Path

import matplotlib as mpl
import numpy as np
from sklearn.datasets import load_digits, load_iris, load_wine, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sknn_scratch import MLPScratchClassifier, PerceptronClassifier
from sknn_scratch.callbacks import WeightHistory
from sknn_scratch.inspection import check_gradients, find_learning_rate
from sknn_scratch.plotting import (
    ActivationDisplay,
    DecisionEvolutionDisplay,
    LossCurveDisplay,
    NetworkDisplay,
    WeightsDisplay,
)


def clouds():
    """Two overlapping Gaussian clouds of 400 points each."""
    rng = np.random.default_rng(0)
    X = np.vstack(
        [rng.normal((-1, -1), 1.2, (400, 2)), rng.normal((1, 1), 1.2, (400, 2))]
    )
    return X, np.repeat(["left", "right"], 400)


def perceptron(max_iter):
    """Rosenblatt's rule, from weights that are drawn at random."""
    model = PerceptronClassifier(
        weight_init="normal",
        learning_rate="constant",
        learning_rate_init=0.2,
        max_iter=max_iter,
        random_state=4,
    )
    return DecisionEvolutionDisplay.from_estimator(model, *clouds())


def multi_layer_perceptron(max_iter):
    """Two moons, and the weights of every epoch kept by a callback."""
    X, y = make_moons(400, noise=0.2, random_state=0)
    history = WeightHistory()
    model = MLPScratchClassifier(
        hidden_layer_sizes=(20, 20),
        batch_size=50,
        max_iter=max_iter,
        n_iter_no_change=max_iter,
        random_state=0,
    )
    model.set_callbacks(history).fit(X, y)
    epochs = [epoch for epoch in (0, 10, 30, 60) if epoch <= max_iter]
    return DecisionEvolutionDisplay.from_history(history, X, y, epochs=epochs)


def loss_curves(max_iter):
    """The digits, with a constant rate as scikit-learn has it, and a falling one."""
    X, y = load_digits(return_X_y=True)
    settings = {"early_stopping": True, "max_iter": max_iter, "random_state": 0}
    ours = MLPScratchClassifier(
        learning_rate="cosine", learning_rate_init=0.01, **settings
    )
    fits = {"cosine": ours, "scikit-learn": MLPClassifier(**settings)}
    fits = {name: model.fit(X / 16, y) for name, model in fits.items()}
    return LossCurveDisplay.from_estimators(fits, log=True)


def network():
    """A network that tells irises apart."""
    iris = load_iris(as_frame=True)
    model = MLPScratchClassifier((5, 4), "tanh", solver="lbfgs", alpha=0.1)
    model.set_params(random_state=0)
    model.fit(iris.data, iris.target_names[iris.target])
    return NetworkDisplay.from_estimator(model)


def images(max_iter):
    """What the hidden units of a network for digits look for."""
    X, y = load_digits(return_X_y=True)
    model = MLPScratchClassifier(
        16,
        activation="tanh",
        solver="lbfgs",
        alpha=3,
        max_iter=max_iter,
        random_state=0,
    )
    return WeightsDisplay.from_estimator(model.fit(X / 16, y), image_shape=(8, 8))


def bars():
    """What a perceptron has learned of wines."""
    wine = load_wine(as_frame=True)
    X = (wine.data - wine.data.mean()) / wine.data.std()
    model = PerceptronClassifier("log_loss").fit(X, wine.target_names[wine.target])
    return WeightsDisplay.from_estimator(model)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--max-iter", type=int, default=60)
    parser.add_argument("--output", type=Path, default=Path(), help="a folder")
    options = parser.parse_args()
    mpl.use("agg")
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    options.output.mkdir(parents=True, exist_ok=True)
    iris = load_iris(return_X_y=True)
    print("gradient of a network with tanh against central differences, on irises:")
    print(check_gradients(MLPScratchClassifier((8, 6), "tanh", random_state=0), *iris))
    X, y = load_digits(return_X_y=True)
    test = find_learning_rate(MLPScratchClassifier(random_state=0), X / 16, y)
    print(f"learning rate for the digits: {test.suggestion:.2g}")
    moons = multi_layer_perceptron(options.max_iter)
    moons.save_html(options.output / "evolution.html")
    pictures = {
        "learning_rate": test.plot(),
        "perceptron": perceptron(options.max_iter),
        "evolution": moons,
        "loss_curves": loss_curves(options.max_iter),
        "network": network(),
        "activations": ActivationDisplay.from_activations(
            ["logistic", "relu", "tanh", "gelu"]
        ),
        "images": images(options.max_iter),
        "bars": bars(),
    }
    for name, display in pictures.items():
        display.figure_.savefig(options.output / f"{name}.png", dpi=110)
    print(
        f"evolution.html and {len(pictures)} pictures are in {options.output.resolve()}"
    )


if __name__ == "__main__":
    main()
