import torch
from torch import nn

torch.manual_seed(0)
signal = torch.randn(4, 2, 100)  # batch, channels, time
net = nn.Sequential(
    nn.Conv1d(2, 8, kernel_size=7, stride=2, padding=3),
    nn.BatchNorm1d(8),
    nn.ReLU(),
    nn.MaxPool1d(2),
    nn.Conv1d(8, 16, 3, padding=1),
    nn.AdaptiveAvgPool1d(1),
    nn.Flatten(),
    nn.Linear(16, 3),
)
out = net(signal)
print(out.shape, out.mean().item())

volume = torch.randn(2, 1, 8, 8, 8)  # batch, channels, depth, height, width
net = nn.Sequential(
    nn.Conv3d(1, 4, kernel_size=3, padding=1),
    nn.BatchNorm3d(4),
    nn.ReLU(),
    nn.MaxPool3d(2),
    nn.Conv3d(4, 8, 3),
    nn.AdaptiveAvgPool3d(1),
)
out = net(volume).flatten(1)
out.sum().backward()
print(out.shape, out[0], net[0].weight.grad.abs().sum() > 0)
# minicnn (arrays): print(out.shape, out[0], torch.abs(net[0].weight.grad).sum() > 0)
print(nn.AvgPool1d(4)(signal).shape, nn.ConvTranspose1d(2, 3, 4, stride=2)(signal).shape)
