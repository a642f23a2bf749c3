"""Listeners to a training run: the printed table, callbacks and checkpoints."""
