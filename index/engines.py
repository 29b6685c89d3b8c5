"""The engines by name: a new one is a module that keeps `VectorIndex`'s promises, and a line here."""

from __future__ import annotations

from index.exact import ExactIndex
from index.hnsw import HnswIndex
from index.ivfpq import IvfPqIndex
from index.protocol import VectorIndex

ENGINES: dict[str, type[VectorIndex]] = {engine.name: engine for engine in (ExactIndex, IvfPqIndex, HnswIndex)}
