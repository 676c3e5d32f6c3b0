import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(2, 6, 4, 4)
print(nn.GroupNorm(3, 6)(x)[0, 0, 0], nn.GroupNorm(3, 6))
print(nn.InstanceNorm2d(6)(x).mean(dim=(2, 3)).abs().max() < 1e-5)
print(nn.InstanceNorm2d(6, affine=True).weight.shape)
tokens = torch.randn(2, 5, 8)
norm = nn.LayerNorm(8)
print(norm(tokens)[0, 0], norm, nn.LayerNorm([6, 4, 4])(x).std())
by_hand = (tokens - tokens.mean(-1, keepdim=True)) / (
    tokens.var(-1, keepdim=True, correction=0) + norm.eps
).sqrt()
print(torch.allclose(norm(tokens), by_hand, atol=1e-5))
