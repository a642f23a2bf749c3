"""The neural networks, from scratch in NumPy.

This package is independent of scikit-learn, labels and scorers. Reading order:

1. `layers`, `activations`, `losses`, `initializers`, `schedules`, `optimizers`: the
   components, each a class with an entry in a registry;
2. `kernels`: the few operations that NumPy does not have;
3. `batches`: the rows of the next mini-batch;
4. `network`: a chain of layers with their parameters in one vector;
5. `outputs`: output activations; `averaging`: the mean of the parameters over the
   steps;
6. `objective`: the loss of a batch and, by back-propagation, its gradient;
7. `rates`: layer-wise learning rates; `steps`: parameter groups and their updates;
   `mini_batches` and `lbfgs`: the two solvers;
8. `plan`, `state`, `stopping`: settings, state and stopping rules of a training run;
   `trainer`: the training run, from a plan and a state to a result.
"""
