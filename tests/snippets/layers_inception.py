import torch
import torch.nn as nn


class Inception(nn.Module):
    def __init__(self, in_channels):
        super().__init__()
        self.branch1 = nn.Conv2d(in_channels, 4, 1)
        self.branch3 = nn.Sequential(
            nn.Conv2d(in_channels, 3, 1), nn.ReLU(True), nn.Conv2d(3, 6, 3, padding=1)
        )
        self.pool = nn.Sequential(
            nn.MaxPool2d(kernel_size=3, stride=1, padding=1), nn.Conv2d(in_channels, 2, 1)
        )

    def forward(self, x):
        branches = [self.branch1(x), self.branch3(x), self.pool(x)]
        return torch.relu(torch.cat(branches, dim=1))


torch.manual_seed(0)
net = nn.Sequential(Inception(3), Inception(12))
x = torch.randn(2, 3, 9, 9)
maps = net(x)
pooled = maps.mean(dim=[2, 3])  # global average pooling
also = nn.functional.adaptive_avg_pool2d(maps, (1, 1)).view(2, -1)
print(maps.shape, pooled, torch.allclose(pooled, also, atol=1e-6))
scores = nn.Conv2d(12, 5, 1)(maps)  # a fully convolutional head takes any size
print(scores.shape, scores.flatten(2).max(2)[0].shape)
# minicnn (max): print(scores.shape, scores.flatten(2).max(2).shape)
