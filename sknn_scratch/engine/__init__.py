"""The networks themselves, from scratch in NumPy.

Nothing here knows scikit-learn, labels or scorers. Read the modules in this order:

1. `activations`, `losses`, `initializers`, `schedules`, `optimizers`: one idea each,
   a class beside the registry entry that names it;
2. `network`: the parameters in one vector, and the forward pass;
3. `objective`: the loss of a batch and, by back-propagation, its gradient;
4. `batches`: which rows make the next mini-batch;
5. `training`: the epochs, and L-BFGS.
"""
