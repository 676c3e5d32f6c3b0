import torch
import torch.nn.functional as F

torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Linear(4, 12), torch.nn.Tanh(), torch.nn.Linear(12, 3)
)
x = torch.randn(60, 4)
y = x[:, :3].argmax(dim=1)
learning_rate, momentum = 0.5, 0.8
velocity = [torch.zeros_like(p) for p in model.parameters()]
for t in range(100):
    loss = F.cross_entropy(model(x), y)
    if t % 25 == 0:
        print(t, round(loss.item(), 4))
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p, v in zip(model.parameters(), velocity):
            v *= momentum
            # minicnn (in place): v.data *= momentum
            v += p.grad
            # minicnn (in place): v.data += p.grad
            p -= learning_rate * v
accuracy = (model(x).argmax(1) == y).float().mean()
print(loss.item(), accuracy.item(), model[0].weight.norm().item())
