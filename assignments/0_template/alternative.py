import torch


def centred(rows):
    return torch.stack([column - sum(column) / len(column) for column in rows.T], dim=1)
