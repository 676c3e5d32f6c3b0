import torch

x = torch.arange(4.0).requires_grad_()
y = x**2
y.backward(torch.tensor([1.0, 0.0, 2.0, 1.0]), retain_graph=True)
print(x.grad)
y.sum().backward()
print(x.grad)
try:
    y.sum().backward()
except RuntimeError as error:
    print("retain_graph" in str(error))
try:
    (x * 2).backward()
except RuntimeError:
    print("only a number has a backward without a gradient")

# the Jacobian, row by row
z = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
out = torch.stack([z.sum(), z.prod(), (z**2).mean()])
jacobian = torch.stack(
    [torch.autograd.grad(out[i], z, retain_graph=True)[0] for i in range(3)]
)
print(jacobian)
