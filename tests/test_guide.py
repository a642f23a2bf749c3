"""The user guide: searches find its pages."""

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[1] / "docs" / "guide"

# A term that people search for, and the page that explains it.
PAGES = {
    "calibration": "calibration",
    "categorical": "categorical",
    "class weights": "imbalance",
    "data augmentation": "regularization",
    "dropout": "regularization",
    "early stopping metric": "validation",
    "embeddings": "categorical",
    "ensemble": "ensembles",
    "F1": "validation",
    "fine-tuning": "finetuning",
    "gradient clipping": "regularization",
    "hyperparameter": "hyperparameters",
    "imbalanced": "imbalance",
    "learning rate finder": "training",
    "loss functions": "losses",
    "missing values": "categorical",
    "multilabel": "targets",
    "ONNX": "deploying",
    "out of core": "large",
    "overconfident": "calibration",
    "prediction intervals": "intervals",
    "quantile regression": "intervals",
    "resume training": "finetuning",
    "sample weights": "imbalance",
    "serving": "serving",
    "target scaling": "scaling",
    "thread oversubscription": "large",
}


def main_entries(path):
    """Return the main entries of the index on a page; the search ranks them first."""
    blocks = re.findall(
        r"^\.\. index:: (.*\n(?:   .+\n)*)", path.read_text("utf-8"), flags=re.MULTILINE
    )
    entries = [entry.strip() for block in blocks for entry in re.split(r",|\n", block)]
    return [entry.removeprefix("! ") for entry in entries if entry.startswith("! ")]


@pytest.mark.parametrize(("term", "page"), PAGES.items())
def test_search_terms_are_index_entries_of_one_page(term, page):
    pages = [path.stem for path in GUIDE.glob("*.rst") if term in main_entries(path)]
    assert pages == [page]


def test_pages_end_with_examples_and_related_pages():
    rubrics = {
        path.stem: re.findall(r"^\.\. rubric:: (.+)$", path.read_text("utf-8"), re.M)
        for path in GUIDE.glob("*.rst")
    }
    others = {"index", "choosing", "watching"}  # an overview, and pages of another form
    missing = [
        page
        for page, found in rubrics.items()
        if page not in others and found != ["Examples", "See also"]
    ]
    assert missing == []
