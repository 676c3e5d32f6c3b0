import math

import torch
import torch.nn as nn


class Scale(nn.Module):
    """y = a x + b with one a and b a channel, and a count of its calls."""

    def __init__(self, channels):
        super().__init__()
        self.a = nn.Parameter(torch.ones(channels))
        self.b = nn.Parameter(torch.zeros(channels))
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        self.calls += 1
        return x * self.a.view(1, -1, 1, 1) + self.b[None, :, None, None]

    def extra_repr(self):
        return f"channels={self.a.shape[0]}"


class MyLinear(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))

    def forward(self, x):
        return x @ self.weight.t() + self.bias


torch.manual_seed(0)
net = nn.Sequential(Scale(2), nn.Flatten(), MyLinear(8, 3))
for _ in range(4):
    y = net(torch.ones(5, 2, 2, 2))
y.sum().backward()
print(net, y[0], net[0].a.grad, net[0].calls)
print([name for name, _ in net.named_parameters()], [name for name, _ in net.named_buffers()])
print(list(net.state_dict().keys()), isinstance(net[2].weight, torch.Tensor))
