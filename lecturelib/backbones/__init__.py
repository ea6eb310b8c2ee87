"""Convolutional networks that turn images into features; every pretext task and contrastive learning trains one."""

from lecturelib.backbones.nin import NetworkInNetwork
from lecturelib.backbones.resnet import ResNet
from lecturelib.backbones.revnet import RevNet

__all__ = ["NetworkInNetwork", "ResNet", "RevNet"]
