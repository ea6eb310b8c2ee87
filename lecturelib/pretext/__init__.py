"""Pretext tasks in vision: labels that come with the image, for a network whose features are then used elsewhere."""

from lecturelib.pretext.exemplar import Exemplar
from lecturelib.pretext.inpainting import ContextEncoder
from lecturelib.pretext.jigsaw import Jigsaw
from lecturelib.pretext.relative_patch import RelativePatch
from lecturelib.pretext.rotation import Rotation

__all__ = ["ContextEncoder", "Exemplar", "Jigsaw", "RelativePatch", "Rotation"]
