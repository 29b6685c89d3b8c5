"""The engines by name: a new one is a module that keeps `VectorIndex`'s promises, and a line here."""

from __future__ import annotations

from index.engines.base import VectorIndex
from index.engines.exact import ExactIndex
from index.engines.hnsw import HnswIndex
from index.engines.ivfpq import IvfPqIndex

ENGINES: dict[str, type[VectorIndex]] = {engine.name: engine for engine in (ExactIndex, IvfPqIndex, HnswIndex)}
