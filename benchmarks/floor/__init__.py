"""Policies side by side on simulated floors that nothing was tuned on."""
