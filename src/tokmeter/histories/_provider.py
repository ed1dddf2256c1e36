"""Who bills a call: what the record says, the host of its address, ids, model names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_ALIASES = {
    "amazon": "aws",
    "amazon-bedrock": "aws",
    "anthropic-bedrock": "aws",
    "anthropic-vertex": "google",
    "aws.bedrock": "aws",
    "azure-openai": "azure",
    "azure.ai.inference": "azure",
    "azure.ai.openai": "azure",
    "azure_ai": "azure",
    "azure_openai": "azure",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "chatgpt": "openai",
    "claude": "anthropic",
    "fireworks_ai": "fireworks",
    "gcp.gemini": "google",
    "gcp.gen_ai": "google",
    "gcp.vertex_ai": "google",
    "gemini": "google",
    "google-vertex": "google",
    "google_genai": "google",
    "google_vertex": "google",
    "grok": "x-ai",
    "hosted_vllm": "local",
    "llama.cpp": "local",
    "llamacpp": "local",
    "llamafile": "local",
    "lm_studio": "local",
    "lmstudio": "local",
    "meta-llama": "meta",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "ollama_chat": "ollama",
    "sglang": "local",
    "text-completion-openai": "openai",
    "together_ai": "together",
    "vertex": "google",
    "vertex_ai": "google",
    "vertex_ai_beta": "google",
    "vllm": "local",
    "voyage": "voyageai",
    "x_ai": "x-ai",
    "xai": "x-ai",
}
_WORD = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_HOSTS = (
    ("api.openai.com", "openai"),
    ("openai.azure.com", "azure"),
    ("cognitiveservices.azure.com", "azure"),
    ("services.ai.azure.com", "azure"),
    ("inference.ai.azure.com", "azure"),
    ("api.anthropic.com", "anthropic"),
    ("googleapis.com", "google"),
    ("openrouter.ai", "openrouter"),
    ("api.groq.com", "groq"),
    ("api.mistral.ai", "mistral"),
    ("api.deepseek.com", "deepseek"),
    ("api.x.ai", "x-ai"),
    ("api.together.xyz", "together"),
    ("api.together.ai", "together"),
    ("api.fireworks.ai", "fireworks"),
    ("api.perplexity.ai", "perplexity"),
    ("api.cohere.com", "cohere"),
    ("api.cohere.ai", "cohere"),
    ("api.cerebras.ai", "cerebras"),
    ("api.moonshot.ai", "moonshotai"),
    ("api.moonshot.cn", "moonshotai"),
    ("api.z.ai", "zai"),
    ("open.bigmodel.cn", "zhipuai"),
    ("api.novita.ai", "novita"),
    ("api.deepinfra.com", "deepinfra"),
    ("api.githubcopilot.com", "github-copilot"),
    ("ollama.com", "ollama"),
)
_IDS = (("msg_bdrk_", "aws"), ("msg_vrtx_", "google"), ("gen-", "openrouter"))
_SHAPES = {"ollama": "ollama", "converse": "aws", "cohere": "cohere", "llamacpp": "local"}
_FIELDS = (("x_groq", "groq"), ("prompt_filter_results", "azure"), ("timings", "local"))
_BEDROCK = re.compile(
    r"bedrock(?:-runtime|-mantle)?(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com|api\.aws)(?:\.cn)?"
)
_HOST = re.compile(
    r"(?i:[a-z][a-z0-9+.-]*://)?(?:[^/@\s]*@)?(\[[0-9a-f:.]+\]|[^/:?#\s\[\]]+)(?::(\d+))?(?:[/?#]|$)"
)
_LOOPBACK = re.compile(
    r"localhost|.*\.local(?:host)?|host\.docker\.internal|127\..*|0\.0\.0\.0|\[::1?\]|10\.[\d.]+"
    r"|192\.168\.[\d.]+"
)


_BEDROCK_MODEL = (
    r"(?:[a-z]{2,6}\.)?(?:anthropic|meta|amazon|cohere|mistral|ai21|deepseek|qwen|openai)\.[a-z]|arn:aws"
)
_OPENAI_MODEL = (
    r"(?:ft:)?(?:gpt-(?!oss|neo|j)|chatgpt|o\d(?:-|$)|codex-|computer-use|text-embedding-(?:3|ada)|dall-e"
    r"|whisper-1|tts-1|omni-mod|(?:text-|code-)?(?:davinci|curie|babbage|ada)(?:-|$))"
)
_MISTRAL_MODEL = (
    r"(?:mistral|codestral|ministral|magistral|devstral|pixtral)-(?:[a-z]+-)*(?:latest|embed|\d{4})$"
)
_MODELS = (
    (re.compile(_OPENAI_MODEL), "openai"),
    (re.compile(r"claude"), "anthropic"),
    (
        re.compile(r"(?:models/)?(?:gemini|imagen|veo|learnlm)-|text-embedding-00|publishers/google/"),
        "google",
    ),
    (re.compile(r"deepseek-(?:chat|reasoner)$"), "deepseek"),
    (re.compile(r"grok-"), "x-ai"),
    (re.compile(r"sonar(?:-|$)"), "perplexity"),
    (re.compile(r"command-(?:r|a|light|nightly)|embed-(?:english|multilingual|v4)"), "cohere"),
    (re.compile(r"accounts/fireworks/"), "fireworks"),
    (re.compile(_MISTRAL_MODEL), "mistral"),
    (re.compile(r"(?:kimi|moonshot)-"), "moonshotai"),
    (re.compile(r"voyage-"), "voyageai"),
    (re.compile(_BEDROCK_MODEL), "aws"),
)


def named_provider(name: object) -> str | None:
    """genai_prices' id of a provider as people and gateways spell it; None for what is no name."""
    if not isinstance(name, str) or len(name) > 128:
        return None
    word = name.strip().lower().replace(" ", "-")
    return _ALIASES.get(word, word) if _WORD.fullmatch(word) else None


@lru_cache(maxsize=4096)
def provider_of_model(model: str) -> str | None:
    """Who bills a model of this name, where only one does."""
    name = model.lower()
    return next((provider for pattern, provider in _MODELS if pattern.match(name)), None)


@lru_cache(maxsize=1024)
def provider_of_url(url: str) -> str | None:
    """Who bills calls of this address; `local` for a server of one's own."""
    match = _HOST.match(url[:512])
    if match is None:
        return None
    host = match[1].lower()
    for suffix, provider in _HOSTS:
        if host == suffix or host.endswith("." + suffix):
            return provider
    if _BEDROCK.search(host):
        return "aws"
    if _LOOPBACK.fullmatch(host):
        return "ollama" if match[2] == "11434" else "local"
    return None


def provider_of(body: Mapping[str, Any], shape: str, model: str) -> str | None:
    """Who bills a response of which nothing but itself is known."""
    identity = body.get("id")
    for start, provider in _IDS if isinstance(identity, str) else ():
        if str(identity).startswith(start):
            return provider
    if shape in _SHAPES:
        return _SHAPES[shape]
    for field, provider in _FIELDS:
        if field in body:
            return provider
    usage = body.get("usage")
    if isinstance(usage, dict) and usage.keys() & {"prompt_cache_hit_tokens", "prompt_cache_miss_tokens"}:
        return "deepseek"
    if _has_one_slash(model):
        return "openrouter"
    return provider_of_model(model) or ("google" if shape == "gemini" else None)


def _has_one_slash(model: str) -> bool:
    """`openai/gpt-5`, as OpenRouter spells models; a file's path or Google's `models/…` is something else."""
    return model.count("/") == 1 and not model.startswith(("/", "models/", "./")) and ".gguf" not in model
