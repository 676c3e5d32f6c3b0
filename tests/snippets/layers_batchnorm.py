import torch
import torch.nn as nn

torch.manual_seed(0)
bn = nn.BatchNorm2d(3)
x = 2 * torch.randn(8, 3, 4, 4) + 5
y = bn(x)
print(y.mean(dim=(0, 2, 3)).abs().max() < 1e-5, y.std(dim=(0, 2, 3)))
print(bn.running_mean, bn.running_var)
bn.eval()
print(bn(x).mean(dim=(0, 2, 3)), bn.training)
for _ in range(50):
    bn.train()
    bn(x)
print(bn.running_mean, bn.weight.shape, bn)
print(nn.BatchNorm1d(5)(torch.arange(20.0).reshape(4, 5)))
by_hand = (x - x.mean((0, 2, 3), keepdim=True)) / torch.sqrt(
    x.var((0, 2, 3), keepdim=True, unbiased=False) + 1e-5
    # minicnn (unbiased): x.var((0, 2, 3), keepdim=True, correction=0) + 1e-5
)
print(torch.allclose(by_hand, y, atol=1e-5))
