import torch

a, b = torch.ones(2, 3), torch.zeros(2, 3)
print(torch.cat([a, b]).shape, torch.cat((a, b), dim=1).shape, torch.stack([a, b]).shape)
print(torch.stack([a, b], dim=-1).shape, torch.concat([a, b], dim=0).shape)
x = torch.arange(10)
print(torch.split(x, 4), x.chunk(3), x.split([2, 3, 5])[1])
first, second = torch.chunk(torch.randn(4, 8, 5, 5), 2, dim=1)
print(first.shape, second.shape)
print([t.shape for t in torch.unbind(a, dim=1)])
features = [torch.randn(1, n, 8, 8) for n in (4, 8, 16)]
print(torch.cat(features, 1).shape)
losses = []
for step in range(3):
    losses.append(torch.tensor(float(step)))
print(torch.stack(losses).mean())
