import torch

x = torch.tensor([[-1.0, 2.0, -3.0], [4.0, -5.0, 6.0]])
mask = x > 0
print(mask, mask.sum(), mask.float().mean(), x[mask])
print(torch.where(mask, x, torch.zeros_like(x)), torch.where(mask, x, 0.0))
print(x.masked_fill(x < 0, 0.0), x * mask, ~mask)
print((x > -2) & (x < 3), (x < -2) | (x > 5), torch.logical_not(mask))
print(mask.any(), mask.all(), mask.any(dim=1), (x > -9).all(dim=0), mask.all().item())
print(torch.nonzero(mask), mask.nonzero().shape)
x[x < 0] = 0
# minicnn (in place): x = x.masked_fill(x < 0, 0)
print(x, x.clamp(max=3), torch.clamp(x, 1, 5))
