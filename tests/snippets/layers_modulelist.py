import torch
from torch import nn


class DenseBlock(nn.Module):
    def __init__(self, channels, growth, depth):
        super().__init__()
        self.layers = nn.ModuleList(
            [nn.Conv2d(channels + i * growth, growth, 3, padding=1) for i in range(depth)]
        )
        self.activations = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})

    def forward(self, x, activation="relu"):
        for i, layer in enumerate(self.layers):
            new = self.activations[activation](layer(x))
            x = torch.cat([x, new], dim=1)
        return x


torch.manual_seed(0)
block = DenseBlock(4, 3, 3)
x = torch.randn(2, 4, 6, 6)
print(block)
print(block(x).shape, block(x, activation="tanh").mean().item(), len(block.layers))
block.layers.append(nn.Conv2d(13, 3, 3, padding=1))
print(block(x).shape, [tuple(p.shape) for p in block.layers[-1].parameters()])
print([name for name, module in block.named_modules() if isinstance(module, nn.Conv2d)])
print(sum(isinstance(m, nn.Conv2d) for m in block.modules()), "relu" in block.activations)
