import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Linear(5, 3)
x, y = torch.randn(32, 5), torch.randint(0, 3, (32,))
criterion = nn.CrossEntropyLoss()

criterion(model(x), y).backward()
whole = model.weight.grad.clone()
# minicnn (arrays): whole = model.weight.grad.copy()
model.zero_grad()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
accumulation_steps = 4
for i in range(accumulation_steps):
    part = slice(8 * i, 8 * (i + 1))
    loss = criterion(model(x[part]), y[part]) / accumulation_steps
    loss.backward()
print(torch.allclose(model.weight.grad, whole, atol=1e-6))
optimizer.step()
optimizer.zero_grad()
print(model.weight.grad is None, criterion(model(x), y).item())

# two losses, weighted, one backward
shared = nn.Linear(5, 4)
first, second = nn.Linear(4, 1), nn.Linear(4, 3)
h = torch.relu(shared(x))
loss = 0.7 * first(h).pow(2).mean() + 0.3 * criterion(second(h), y)
loss.backward()
print(shared.weight.grad.sum().item(), first.weight.grad.shape)
