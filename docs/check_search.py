"""Check that the search of the built site finds the right page first.

``python docs/check_search.py build/docs`` searches for every term of ``EXPECTED`` in
headless Chromium, as a reader does, and fails if the first result is on another page.
It needs Chromium or Chrome, and skips the check otherwise.
"""

import functools
import html
import http.server
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

# For each term the pages that may come first, without the ending .html.
EXPECTED = {
    # Data
    "imbalanced": "guide/imbalance how_do_i",
    "class weights": "guide/imbalance how_do_i",
    "sample weights": "guide/imbalance guide/training how_do_i",
    "missing values": "guide/tables guide/categorical how_do_i",
    "categorical": "guide/categorical guide/tables how_do_i",
    "one-hot": "guide/categorical guide/tables",
    "embeddings": "guide/categorical how_do_i glossary",
    "standardize": "guide/scaling how_do_i",
    "target scaling": "guide/scaling how_do_i",
    "data augmentation": "guide/regularization how_do_i",
    "sparse": "guide/large how_do_i",
    "out of core": "guide/large how_do_i",
    "pandas": "guide/frames how_do_i",
    "Dask": "guide/distributed",
    # Kinds of targets and losses
    "multilabel": "guide/targets how_do_i",
    "multioutput": "guide/targets how_do_i",
    "ordinal": "guide/ordinal how_do_i",
    "quantile regression": "guide/intervals how_do_i",
    "prediction intervals": "guide/intervals how_do_i",
    "conformal prediction": "guide/intervals how_do_i",
    "custom loss": "guide/extending how_do_i",
    "cross-entropy": "guide/losses road/risk",
    "Poisson": "guide/losses how_do_i",
    # Training
    "batch size": "guide/training guide/choosing",
    "L-BFGS": "guide/training guide/choosing glossary",
    "learning rate finder": "guide/training guide/watching how_do_i",
    "learning rate schedule": "guide/training guide/choosing how_do_i",
    "warm-up": "guide/training how_do_i",
    "gradient clipping": "guide/regularization how_do_i",
    "vanishing gradient": "road/images_and_sequences guide/watching how_do_i",
    "fine-tuning": "guide/finetuning how_do_i",
    "warm start": "guide/finetuning how_do_i",
    "resume training": "guide/saving guide/finetuning how_do_i",
    "loss curve": "guide/watching guide/validation how_do_i",
    "progress bar": "guide/watching how_do_i",
    "callbacks": "guide/watching how_do_i",
    "float32": "guide/scaling how_do_i",
    # Generalization
    "dropout": "guide/regularization how_do_i",
    "weight decay": "guide/regularization how_do_i",
    "overfitting": "guide/regularization road/generalization",
    "early stopping": "guide/validation",
    "early stopping metric": "guide/validation how_do_i",
    "F1": "guide/validation guide/imbalance how_do_i",
    "ensemble": "guide/ensembles how_do_i",
    "overconfident": "guide/calibration how_do_i",
    "calibration": "guide/calibration how_do_i",
    # Choosing
    "hyperparameter": "guide/hyperparameters guide/choosing how_do_i",
    "grid search": "guide/hyperparameters gallery/grid_search how_do_i",
    "Optuna": "guide/hyperparameters guide/choosing gallery/optuna_search how_do_i",
    "pipeline": "guide/scaling guide/watching how_do_i",
    "feature importance": "guide/watching guide/tables how_do_i",
    # Networks
    "residual": "guide/layers how_do_i road/generalization",
    "convolution": "road/images_and_sequences guide/layers how_do_i",
    "LSTM": "road/images_and_sequences guide/layers how_do_i",
    "custom layer": "guide/custom_layers guide/layers how_do_i",
    # Theory
    "perceptron": "road/perceptron guide/perceptron",
    "backpropagation": "road/backpropagation",
    "maximum likelihood": "road/risk guide/losses glossary",
    "universal approximation": "road/network",
    "gradient descent": "road/risk road/training",
    # Models in use
    "reproducible": "guide/reproducible how_do_i",
    "pickle": "guide/saving how_do_i",
    "ONNX": "guide/deploying how_do_i",
    "serving": "guide/serving how_do_i",
    "thread oversubscription": "guide/large how_do_i",
    "GPU": "how_do_i guide/distributed guide/large",
    "Keras": "coming_from",
    # Names of the library
    "MLPScratchClassifier": "api/generated/sknn_scratch.MLPScratchClassifier",
    "find_learning_rate": "api/generated/sknn_scratch.inspection.find_learning_rate",
    "Conv2D": "how_do_i guide/layers api/generated/sknn_scratch.engine.layers.Conv2D",
}

# One page opens the site's own search page once per term, and notes the first result.
HARNESS = """<!DOCTYPE html><meta charset="utf-8"><pre id="found"></pre><script>
const first = (term) => new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.src = "search.html?q=" + encodeURIComponent(term);
  document.body.append(frame);
  const timer = setInterval(() => {
    const page = frame.contentDocument;
    const link = page.querySelector("#search-results li a");
    const summary = page.querySelector("#search-results .search-summary");
    if (!link && !summary?.textContent) return;
    clearInterval(timer);
    resolve(link ? link.getAttribute("href") : "");
    frame.remove();
  }, 10);
});
(async () => {
  const found = {};
  for (const term of TERMS) found[term] = await first(term);
  document.getElementById("found").textContent = JSON.stringify(found);
})();
</script>"""


class Site(http.server.SimpleHTTPRequestHandler):
    """Serve the site, and the page that searches in it."""

    def do_GET(self):
        """Answer with the page that searches, or with a file."""
        if self.path != "/check_search.html":
            super().do_GET()
            return
        page = HARNESS.replace("TERMS", json.dumps(list(EXPECTED))).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args):
        """Print nothing for a request."""


class Server(http.server.ThreadingHTTPServer):
    """Serve to frames that are removed while they still load."""

    def handle_error(self, request, client_address):
        """Print errors, except those of a closed connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def first_results(root, chromium):
    """Return the address of the first result for every term."""
    serve = functools.partial(Site, directory=root)
    with (
        Server(("127.0.0.1", 0), serve) as server,
        tempfile.TemporaryDirectory() as profile,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        command = [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={profile}",
            "--virtual-time-budget=600000",
            "--dump-dom",
            f"http://127.0.0.1:{server.server_port}/check_search.html",
        ]
        page = subprocess.run(command, capture_output=True, text=True, check=True)
        server.shutdown()
    (found,) = re.findall(r'<pre id="found">(.+)</pre>', page.stdout)
    return json.loads(html.unescape(found))


def main(root):
    """Print every wrong first result, and return whether there is one."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("The search was not checked: there is no chromium on the PATH.")
        return False
    wrong = 0
    for term, found in first_results(root, chromium).items():
        page = found.partition(".html")[0]
        if page not in EXPECTED[term].split():
            wrong += 1
            print(f"{term}: {found or 'no result'} comes first, not {EXPECTED[term]}")
    print(f"{len(EXPECTED)} terms searched for, {wrong} wrong first results")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
