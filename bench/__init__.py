"""Speed and memory of tokmeter, as ratios to other programs measured in the same run."""
