"""What holds for a model before anything was fitted on the user's own logs: fits over o200k_base, shipped.

Two kinds. Claude and GLM-5 were fitted on the logged output counts of public agent transcripts (English and
code), with the errors of held-out messages. For the rest the model's own vocabulary was compared with
o200k_base on 2,408 texts of the same kind (2.8 MB): that says how many tokens a text has, and nothing of what
a response adds to it, so that `per_call` and `constant` are 0.

A model that nobody measured takes the fit of the nearest one that was, with errors twice as wide: on 139
messages of Opus 4.7 the fits of four other models of its generation were 19 to 25 % off in one message of
ten, its own 10 %. Such a stand-in names its model as `family` and counts no `messages`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from tokmeter.core.names import normalise_model
from tokmeter.tokenization._interface import Calibration
from tokmeter.tokenization.models import reduced

BASE = "o200k_base"
WIDER = 2.0
"""How much wider the errors of a stand-in are."""

_TEXTS = 2_408


def _fit(family: str, parameters: tuple[float, float, float], messages: int, *errors: float) -> Calibration:
    """A fit on logged counts: slope, per call, constant; messages; median, p90 and bias in per cent."""
    median, p90, bias = (round(error / 100, 4) for error in errors)
    return Calibration(family, BASE, *parameters, messages, median, p90, bias)


def _vocabulary(family: str, slope: float, *errors: float) -> Calibration:
    """A vocabulary against o200k_base over texts; median and p90 in per cent."""
    return _fit(family, (slope, 0.0, 0.0), _TEXTS, *errors, 0.0)


_OPUS_5 = _fit("claude-opus-5", (1.53, 32, -11), 147, 3.6, 8.6, 0.0)
_SONNET_5 = _fit("claude-sonnet-5", (1.69, 21, -4), 107, 4.9, 10.1, -0.5)
_FABLE_5 = _fit("claude-fable-5", (1.69, 24, -10), 65, 4.6, 10.1, -3.2)
_OPUS_4_8 = _fit("claude-opus-4-8", (1.65, 19, 2), 611, 5.1, 11.9, -1.2)
_OPUS_4_7 = _fit("claude-opus-4-7", (1.66, 34, 0), 837, 4.3, 10.6, -1.6)
# Its logs hide thinking, so that a part of these is no visible text.
_OPUS_4_6 = _fit("claude-opus-4-6", (1.33, 30, -2), 754, 9.8, 24.0, -6.1)
_OPUS_4_5 = _fit("claude-opus-4-5", (1.24, 1, 27), 96, 5.1, 11.6, 0.5)
# A Claude without a known version lies between 1.24 and 1.69: the middle, with how far off that is from
# either end (18 %) and what a fit itself is off (12 %).
_ANY_CLAUDE = _fit("claude", (1.46, 0, 0), 0, 16, 30, 0)
_GLM_5 = _fit("glm-5", (0.96, -7, -8), 60, 2.4, 10.4, 1.0)
_GEMMA_3 = _vocabulary("gemma-3", 1.168, 6.5, 14.0)
_MISTRAL = _vocabulary("mistral", 1.142, 6.4, 12.1)
_QWEN_3 = _vocabulary("qwen3", 1.087, 6.9, 12.3)
_DEEPSEEK_3 = _vocabulary("deepseek-v3", 1.024, 3.6, 10.6)
_LLAMA_3 = _vocabulary("llama-3", 0.996, 0.8, 6.2)
_KIMI_K2 = _vocabulary("kimi-k2", 0.991, 1.0, 6.9)


def _stand_in(measured: Calibration) -> Calibration:
    """The same for a model of the family that was not measured."""
    return measured._replace(
        messages=0,
        median_error=WIDER * measured.median_error,
        p90_error=WIDER * measured.p90_error,
    )


def _row(pattern: str, prior: Calibration) -> tuple[re.Pattern[str], Calibration]:
    return re.compile(pattern), prior


# Matched against the reduced name (models.py): lower case, Claude's versions with dashes behind the line. A
# further number behind a version is another model. The first match wins.
_ONLY = r"(?!-?\d)"
PRIORS: tuple[tuple[re.Pattern[str], Calibration], ...] = (
    _row(r"claude-opus-4-7" + _ONLY, _OPUS_4_7),
    _row(r"claude-opus-4-8" + _ONLY, _OPUS_4_8),
    _row(r"claude-opus-4-(?:9|[1-9]\d)" + _ONLY, _stand_in(_OPUS_4_8)),
    _row(r"claude-opus-4-6" + _ONLY, _OPUS_4_6),
    _row(r"claude-opus-4-5" + _ONLY, _OPUS_4_5),
    _row(r"claude-[a-z]+-4-6" + _ONLY, _stand_in(_OPUS_4_6)),
    _row(r"claude-[a-z]+-(?:3(?:-\d)?|4(?:-[0-5])?)" + _ONLY, _stand_in(_OPUS_4_5)),
    _row(r"claude-opus-5" + _ONLY, _OPUS_5),
    _row(r"claude-sonnet-5" + _ONLY, _SONNET_5),
    _row(r"claude-fable-5" + _ONLY, _FABLE_5),
    _row(r"claude-opus-(?:[5-9]|[1-9]\d)(?!\d)", _stand_in(_OPUS_5)),
    _row(r"claude-fable-(?:[5-9]|[1-9]\d)(?!\d)", _stand_in(_FABLE_5)),
    _row(r"claude-[a-z]+-(?:[5-9]|[1-9]\d)(?!\d)", _stand_in(_SONNET_5)),
    _row(r"claude(?!-(?:[12]|v[12]|instant))", _ANY_CLAUDE),
    _row(r"glm-5(?![.\d])", _GLM_5),
    _row(r"glm|zai|chatglm", _stand_in(_GLM_5)),
    _row(r"gemma-?3", _GEMMA_3),
    _row(r"gemini|gemma-?[4-9]", _stand_in(_GEMMA_3)),
    _row(r"(?:open-)?(?:mistral|codestral|devstral|magistral|ministral|pixtral)", _MISTRAL),
    _row(r"(?:open-)?mixtral", _stand_in(_MISTRAL)),
    _row(r"deepseek-r1-distill-llama", _LLAMA_3),
    _row(r"deepseek-r1-distill-qwen", _QWEN_3),
    _row(r"qwen-?(?:3\.[5-9]|[4-9])", _stand_in(_QWEN_3)),
    _row(r"qwen|qwq|qvq", _QWEN_3),
    _row(r"deepseek", _DEEPSEEK_3),
    _row(r"(?:meta-)?llama-?3", _LLAMA_3),
    _row(r"(?:meta-)?llama", _stand_in(_LLAMA_3)),
    _row(r"kimi|moonshot", _KIMI_K2),
)


@lru_cache(maxsize=1024)
def prior_for(model: str) -> Calibration | None:
    """The shipped fit for a model, as logged or normalised; None where nothing is known of its tokenizer."""
    name = reduced(model)
    for pattern, prior in PRIORS:
        if pattern.match(name):
            return prior
    return None


def fit_for(model: str, calibrations: Mapping[str, Calibration]) -> Calibration | None:
    """What holds for a model without a tokenizer of its own: the user's own fit, else the shipped one."""
    return calibrations.get(model) or calibrations.get(normalise_model(model)) or prior_for(model)
