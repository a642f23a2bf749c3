"""What may watch a training: the printed table, callbacks, checkpoints."""
