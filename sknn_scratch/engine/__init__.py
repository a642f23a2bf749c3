"""The networks themselves, from scratch in NumPy.

Nothing here knows scikit-learn, labels or scorers. Read the modules in this order:

1. `layers`, `activations`, `losses`, `initializers`, `schedules`, `optimizers`: one
   idea each, a class beside the registry entry that names it;
2. `kernels`: the few operations that are not NumPy's;
3. `batches`: which rows make the next mini-batch;
4. `network`: a chain of layers, with their parameters in one vector;
5. `outputs`: output activations; `averaging`: the mean of the parameters over the
   steps;
6. `objective`: the loss of a batch and, by back-propagation, its gradient;
7. `rates`: layer-wise learning rates; `steps`: which parameters move together;
   `mini_batches` and `lbfgs`: the two solvers;
8. `plan`, `state`, `stopping`: what is to be done, what changes, when it is over;
   `trainer`: one training, from a plan and a state to a result.
"""
