import torch

x = torch.tensor([2.0, 3.0], requires_grad=True)
y = x**2 + 3 * x
loss = y.sum()
loss.backward()
print(x.grad, x.is_leaf, y.is_leaf, y.requires_grad)

(x * 2).sum().backward()
print(x.grad)  # gradients add up
x.grad = None
torch.exp(x[0] * x[1]).backward()
print(x.grad)

w = torch.randn(3, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
prediction = torch.sigmoid(w @ torch.ones(3) + b)
prediction.backward()
print(torch.allclose(w.grad[0], b.grad), w.grad.shape)
# minicnn (arrays): print(torch.allclose(w.grad[0:1], b.grad), w.grad.shape)
