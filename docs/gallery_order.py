"""The order of the gallery: from the everyday to the special."""

from pathlib import Path

from sphinx_gallery.sorting import FunctionSortKey

ORDER = (
    "compare_with_sklearn",
    "house_prices",
    "serve_table",
    "ensemble_of_subsets",
    "grid_search",
    "halving_search",
    "optuna_search",
    "learning_rate_finder",
    "loss_curves",
    "dropout_and_augmentation",
    "deep_networks",
    "images",
    "sequences",
    "class_imbalance",
    "probabilities",
    "ordered_classes",
    "feature_importance",
    "quantile_band",
    "gaussian_uncertainty",
    "multi_output",
    "several_class_targets",
    "sparse_text",
    "streaming",
    "resume",
    "decision_evolution",
    "network_diagram",
    "weights_as_images",
    "own_loss",
    "own_layer",
)


def place(filename):
    """Return the place of an example; a ValueError if it has been given none."""
    return ORDER.index(Path(filename).stem)


by_order = FunctionSortKey(place)
