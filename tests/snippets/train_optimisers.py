import torch
from torch import optim


def rosenbrock(p):
    return (1 - p[0]) ** 2 + 10 * (p[1] - p[0] ** 2) ** 2


for make in (
    lambda ps: optim.SGD(ps, lr=0.01),
    lambda ps: optim.SGD(ps, lr=0.005, momentum=0.9, nesterov=True, weight_decay=1e-4),
    lambda ps: optim.Adam(ps, lr=0.1),
    lambda ps: optim.AdamW(ps, lr=0.1, weight_decay=0.01),
    lambda ps: optim.RMSprop(ps, lr=0.01, alpha=0.9),
    lambda ps: optim.Adagrad(ps, lr=0.5),
):
    point = torch.tensor([-1.0, 1.0], requires_grad=True)
    optimizer = make([point])
    for _ in range(60):
        optimizer.zero_grad()
        loss = rosenbrock(point)
        loss.backward()
        optimizer.step()
    print(type(optimizer).__name__, point.detach(), loss.item())

point = torch.tensor([-1.0, 1.0], requires_grad=True)
optimizer = optim.Adam([point], lr=0.1)


def closure():
    optimizer.zero_grad()
    loss = rosenbrock(point)
    loss.backward()
    return loss


print(optimizer.step(closure).item(), optimizer.step(closure).item())
print(optimizer.param_groups[0]["betas"], sorted(optimizer.state_dict().keys()))
