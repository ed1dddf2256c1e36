"""Who bills a call through a gateway: by its word for the provider, else by the route in the model's name."""

from __future__ import annotations

from functools import lru_cache

from tokmeter.histories._provider import named_provider, provider_of_model

_NOBODY = frozenset({
    "custom", "custom_openai", "openai_like", "litellm_proxy", "litellm", "unknown", "none", "null",
    "helicone", "portkey", "langfuse",
})  # fmt: skip
_STARTS = (
    ("openai", "openai"),
    ("anthropic", "anthropic"),
    ("azure", "azure"),
    ("az.ai", "azure"),
    ("bedrock", "aws"),
    ("amazon", "aws"),
    ("aws", "aws"),
    ("sagemaker", "aws"),
    ("vertex", "google"),
    ("gcp", "google"),
    ("google", "google"),
    ("fireworks", "fireworks"),
    ("together", "together"),
    ("ollama", "ollama"),
)
"""Gateways add what of a provider is called: `vertex_ai-anthropic_models`, `openai.responses`."""

_ROUTES = frozenset({
    "openai", "anthropic", "azure", "azure_ai", "bedrock", "bedrock_converse", "vertex_ai", "gemini",
    "google", "openrouter", "mistral", "groq", "cohere", "xai", "x-ai", "deepseek", "fireworks",
    "fireworks_ai", "together", "together_ai", "moonshot", "moonshotai", "perplexity", "ollama",
    "ollama_chat", "cerebras", "replicate", "databricks", "huggingface", "github-copilot",
    "github_copilot", "nvidia", "nvidia_nim", "sambanova", "deepinfra", "anyscale", "watsonx",
    "cloudflare", "voyage", "vllm", "hosted_vllm", "lm_studio",
})  # fmt: skip
"""What may stand before the slash of a model's name to say who serves it."""


@lru_cache(maxsize=1024)
def named_route(word: str | None) -> str | None:
    """A provider by one name, from a gateway's word for it.

    >>> named_route("vertex_ai-anthropic_models"), named_route("OPENAI"), named_route("custom")
    ('google', 'openai', None)
    """
    name = (word or "").strip().lower()
    if name in _NOBODY:
        return None
    for start, known in _STARTS:
        if name.startswith(start) and len(name) <= 64:
            return known
    return named_provider(name)


@lru_cache(maxsize=4096)
def route_of_model(model: str | None) -> str | None:
    """Who bills a model of this name, where the name tells.

    >>> route_of_model("openrouter/openai/gpt-5"), route_of_model("us.anthropic.claude-opus-4-6-v1:0")
    ('openrouter', 'aws')
    >>> route_of_model("o4-mini"), route_of_model("llama3.2:latest"), route_of_model("acme/llama-3")
    ('openai', None, None)
    """
    name = (model or "").strip().lower()
    head, slash, _ = name.partition("/")
    if slash and head in _ROUTES:
        return named_route(head)
    if slash and head not in {"models", "publishers", "accounts"}:
        return None
    return provider_of_model(name) if name else None
