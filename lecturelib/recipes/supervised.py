"""The encoder trained with labels: what the pretext tasks are compared with."""

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import cross_entropy


class Supervised(nn.Module):
    """The encoder trained with labels: what the pretext tasks do without."""

    def __init__(self, encoder: Any, classes: int) -> None:
        super().__init__()
        self.encoder, self.classifier = encoder, nn.Linear(encoder.out_features, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return log-probabilities of the classes up to a constant."""
        logits: Tensor = self.classifier(self.encoder(images))
        return logits

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the mean cross-entropy in nats."""
        return cross_entropy(self(batch[0]), batch[1])

    def accuracy(self, batch: tuple[Tensor, Tensor]) -> float:
        """Return the fraction of images whose label is found."""
        return float((self(batch[0]).argmax(dim=1) == batch[1]).float().mean())

    def features(self, images: Tensor) -> Tensor:
        """Return the encoder's output."""
        features: Tensor = self.encoder(images)
        return features
