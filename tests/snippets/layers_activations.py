import torch
import torch.nn as nn
import torch.nn.functional as F

x = torch.linspace(-3, 3, 7)
for layer in (
    nn.ReLU(), nn.LeakyReLU(0.1), nn.ELU(), nn.GELU(), nn.SiLU(), nn.Softplus(), nn.Sigmoid(),
    nn.Tanh(), nn.ReLU6(), nn.Hardtanh(), nn.Softmax(dim=0), nn.LogSoftmax(dim=0), nn.Identity(),
):
    print(layer, layer(x))
print(F.relu(x), F.leaky_relu(x, negative_slope=0.2, inplace=False), F.softmax(x, dim=0).sum())
print(torch.softmax(x, dim=-1).argmax(), x.softmax(0).max(), F.softplus(x, beta=2))
print(F.gelu(x, approximate="tanh"), F.silu(x), torch.where(x > 0, x, 0.01 * x))
