from collections import OrderedDict

import torch
from torch import nn

torch.manual_seed(0)
features = nn.Sequential(
    nn.Conv2d(3, 8, 3, padding=1),
    nn.BatchNorm2d(8),
    nn.ReLU(inplace=True),
    nn.MaxPool2d(2),
    nn.Conv2d(8, 16, 3, padding=1),
    nn.BatchNorm2d(16),
    nn.ReLU(inplace=True),
    nn.AdaptiveAvgPool2d(1),
)
head = nn.Sequential(OrderedDict([("flatten", nn.Flatten()), ("linear", nn.Linear(16, 10))]))
model = nn.Sequential(features, head)
print(model)
x = torch.randn(4, 3, 16, 16)
print(model(x).shape, model[0][0].weight.shape, head.linear.bias.shape, len(features))
print(features[:4](x).shape, [type(layer).__name__ for layer in features][-1])
for layer in features:
    x = layer(x)
    print(type(layer).__name__, x.shape)
backbone = nn.Sequential(*list(model.children())[:-1])
print(backbone(torch.randn(1, 3, 16, 16)).shape, x.mean())
