"""Widgets for live notebooks: ask word vectors, distort images. On a page that nobody runs, a still picture."""

from lecturelib.explorers.views import ViewExplorer
from lecturelib.explorers.words import EmbeddingExplorer

__all__ = ["EmbeddingExplorer", "ViewExplorer"]
