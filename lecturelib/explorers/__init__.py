"""Widgets for live notebooks: query word vectors, augment images. On a page without a kernel, a still picture."""

from lecturelib.explorers.views import ViewExplorer
from lecturelib.explorers.words import EmbeddingExplorer

__all__ = ["EmbeddingExplorer", "ViewExplorer"]
