"""Experiments: a claim put to the test by many trainings, one table of rows in `results/experiments/NAME.json`."""
