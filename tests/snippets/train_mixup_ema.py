import copy

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 16, 3))
ema = copy.deepcopy(model)
for p in ema.parameters():
    p.requires_grad_(False)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
images, labels = torch.randn(30, 1, 6, 6), torch.randint(0, 3, (30,))
for step in range(8):
    lam = 0.3 + 0.4 * torch.rand(1).item()
    perm = torch.randperm(images.size(0))
    mixed = lam * images + (1 - lam) * images[perm]
    flip = torch.rand(30) < 0.5
    mixed = torch.where(flip[:, None, None, None], mixed.flip(-1), mixed)
    out = model(mixed)
    loss = lam * F.cross_entropy(out, labels) + (1 - lam) * F.cross_entropy(out, labels[perm])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for e, p in zip(ema.parameters(), model.parameters()):
            e.mul_(0.9).add_(p, alpha=0.1)
            # minicnn (in place): e.data[...] = 0.9 * e.data + 0.1 * p.data
    print(f"{loss.item():.4f}")
print(ema[0].weight.sum().item(), model[0].weight.sum().item())
