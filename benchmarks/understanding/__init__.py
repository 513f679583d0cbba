"""How well messages are understood, beside named peers on the same folds."""
