import torch

x = torch.tensor([0.5, 1.0, 2.0], requires_grad=True)
y = torch.sin(x) * x
(first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
(second,) = torch.autograd.grad(first.sum(), x)
print(first.detach(), second)

# Newton's method for the minimum of t^4 - 3t
t = torch.tensor(2.0, requires_grad=True)
for _ in range(6):
    f = t**4 - 3 * t
    slope = torch.autograd.grad(f, t, create_graph=True)[0]
    curvature = torch.autograd.grad(slope, t)[0]
    t = (t - slope / curvature).detach().requires_grad_()
print(t.item())
