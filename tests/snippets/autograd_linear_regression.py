import torch

torch.manual_seed(0)
x = torch.rand(100, 1)
y = 2 * x + 1 + 0.01 * torch.randn(100, 1)
w = torch.randn(1, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
learning_rate = 0.5
for step in range(200):
    loss = ((x @ w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= learning_rate * w.grad
        b -= learning_rate * b.grad
        w.grad.zero_()
        # minicnn (arrays): w.grad[...] = 0
        b.grad.zero_()
        # minicnn (arrays): b.grad[...] = 0
    if step % 50 == 0:
        print(f"step {step}: loss {loss.item():.5f}")
print(w.item(), b.item(), w.requires_grad)
