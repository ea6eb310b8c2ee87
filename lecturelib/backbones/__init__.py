"""Convolutional networks that turn images into features; every pretext task and contrastive learning trains one."""

from lecturelib.backbones.encoder import Encoder
from lecturelib.backbones.nin import NetworkInNetwork
from lecturelib.backbones.resnet import ResNet
from lecturelib.backbones.resnet_v2 import ResNetV2
from lecturelib.backbones.revnet import RevNet
from lecturelib.backbones.vgg import VGG

__all__ = ["VGG", "Encoder", "NetworkInNetwork", "ResNet", "ResNetV2", "RevNet"]
