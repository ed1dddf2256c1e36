"""Texts → tokens: by each model's own tokenizer where its data is here, else calibrated. Imports `core`."""
