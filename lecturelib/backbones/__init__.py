"""Convolutional networks that turn images into features; every pretext task and contrastive learning trains one."""

from lecturelib.backbones.resnet import ResNet

__all__ = ["ResNet"]
