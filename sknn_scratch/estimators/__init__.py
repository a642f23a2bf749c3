"""The three estimators: scikit-learn's contract around the engine.

A fit is one way: `_fit` checks and encodes the data (`_problem`), plans (`_planning`),
lets the engine train, and publishes the fitted attributes (`_publish`).
"""
