import torch
import torch.nn as nn

x = torch.randn(2, 8, 32, 32)
for layer in (
    nn.Conv2d(8, 16, 3),
    nn.Conv2d(8, 16, 3, padding=1),
    nn.Conv2d(8, 16, kernel_size=5, stride=2, padding=2),
    nn.Conv2d(8, 16, (1, 7), padding=(0, 3)),
    nn.Conv2d(8, 16, 3, padding="same", bias=False),
    nn.Conv2d(8, 16, 3, dilation=2),
    nn.Conv2d(8, 16, 3, groups=4),
    nn.Conv2d(8, 4, 1),
    nn.ConvTranspose2d(8, 4, 2, stride=2),
    nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1),
    nn.MaxPool2d(2),
    nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True),
    nn.AvgPool2d(4),
    nn.AdaptiveAvgPool2d((7, 5)),
):
    parameters = sum(p.numel() for p in layer.parameters())
    print(layer, tuple(layer(x).shape), parameters)
print(nn.Conv2d(8, 16, 3, groups=4).weight.shape, nn.ConvTranspose2d(8, 4, 2).weight.shape)
