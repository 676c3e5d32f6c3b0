import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
backbone = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
model = nn.Sequential(backbone, nn.Linear(8, 1000))

for param in model.parameters():
    param.requires_grad = False
model[1] = nn.Linear(8, 4)
print([name for name, p in model.named_parameters() if p.requires_grad])
optimizer = optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.1)
before = backbone[0].weight.clone()
x, y = torch.randn(6, 3, 8, 8), torch.tensor([0, 1, 2, 3, 0, 1])
for _ in range(5):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
print(loss.item(), torch.equal(before, backbone[0].weight), backbone[0].weight.grad is None)

for param in backbone.parameters():
    param.requires_grad_(True)
optimizer.add_param_group({"params": backbone.parameters(), "lr": 0.01})
loss = nn.functional.cross_entropy(model(x), y)
loss.backward()
optimizer.step()
print(torch.equal(before, backbone[0].weight), [g["lr"] for g in optimizer.param_groups])
