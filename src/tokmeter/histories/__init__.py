"""Readers of API call histories: what people kept of calls they made outside an assistant.

One module per family of formats; each recognises its own records and turns them into calls, provider
statements or remarks. Nothing here knows the ledger, prices or the command line. docs/formats.md says
where each format is known from.
"""
