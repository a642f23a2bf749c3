"""Accuracy on images: a convolutional network, a dense one, and scikit-learn's SVC.

Stratified five-fold cross-validation on two data sets of handwritten digits, in
float32. Both networks are trained with the same options: a cosine schedule, dropout,
label smoothing, and images that are shifted by up to a pixel. SVC has an RBF kernel and
default settings. The script prints the accuracies and the lead of the convolutional
network with its standard error, corrected for the overlap of the training sets. It
writes image_accuracy.json.
"""

import argparse
import warnings

import numpy as np
from harness import add_choices, digits, mnist, output_folder, save
from options import shifted, standard_error
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.svm import SVC

from sknn_scratch import MLPScratchClassifier
from sknn_scratch.layers import Conv2D, MaxPool2D, Reshape

SETS = {"MNIST, 5,000": mnist, "digits": digits}
CONVOLUTIONS = {
    "MNIST, 5,000": [
        Reshape((28, 28)),
        Conv2D(16, 3),
        MaxPool2D(2),
        Conv2D(32, 3),
        MaxPool2D(2),
        64,
    ],
    # Images of 8 × 8 pixels are too small to be pooled twice.
    "digits": [
        Reshape((8, 8)),
        Conv2D(32, 3, padding="same"),
        Conv2D(32, 3),
        MaxPool2D(2),
        64,
    ],
}
OPTIONS = {
    "learning_rate": "cosine",
    "learning_rate_init": 0.003,
    "batch_size": 64,
    "dropout": 0.3,
    "label_smoothing": 0.1,
}


def contenders(name, settings):
    """Return the models for a data set; `settings` are those of the networks."""
    settings = OPTIONS | settings
    return {
        "convolutional": MLPScratchClassifier(CONVOLUTIONS[name], **settings),
        "dense": MLPScratchClassifier(256, **settings),
        "SVC": SVC(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    add_choices(parser, "--sets", SETS, "data sets")
    parser.add_argument("--rows", type=int, help="rows of each data set (default: all)")
    parser.add_argument("--epochs", type=int, default=40, help="epochs of the networks")
    parser.add_argument(
        "--unshifted", action="store_true", help="without shifted images"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of folds and models")
    parser.add_argument(
        "--output", type=output_folder, default=".", help="folder for the results"
    )
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=ConvergenceWarning)
    settings = {"max_iter": options.epochs, "random_state": options.seed}
    settings["augment"] = None if options.unshifted else shifted
    folds = StratifiedKFold(5, shuffle=True, random_state=options.seed)
    results = []
    print(f"{'':30}accuracy    lead ± s. e.")
    for name in options.sets:
        X, y = SETS[name]()
        rows = np.random.RandomState(options.seed).permutation(len(y))[: options.rows]
        X, y = X[rows].astype(np.float32), y[rows]
        first = None
        for model, estimator in contenders(name, settings).items():
            scores = cross_val_score(estimator, X, y, cv=folds)
            first = scores if first is None else first
            gap, error = float((first - scores).mean()), standard_error(first - scores)
            line = f"{name:15}{model:15}{scores.mean():8.4f}"
            line += "" if first is scores else f"{gap:+10.4f} ± {error:.4f}"
            print(line, flush=True)
            result = {"set": name, "model": model, "accuracy": float(scores.mean())}
            results.append(result | {"gap": gap, "standard_error": error})
    save(options.output / "image_accuracy.json", results)


if __name__ == "__main__":
    main()
