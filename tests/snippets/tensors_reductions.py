import torch

x = torch.tensor([[1.0, 5.0, 2.0], [7.0, 0.5, 3.0]])
print(x.sum(), x.mean(), x.max(), x.min(), x.std(), x.var())
print(x.var(dim=0, unbiased=False))
# minicnn (unbiased): print(x.var(dim=0, correction=0))
print(x.sum(dim=0), x.mean(1), x.mean(dim=1, keepdim=True), x.amax(dim=1), x.amin(0))
print(x.argmax(), x.argmax(dim=1), torch.argmin(x, dim=0))
print(torch.prod(x), x.prod(dim=1), torch.cumsum(x, dim=1), x.cumsum(0))
print(x.norm(), x.norm(dim=1), torch.norm(x, p=1), x.norm(p=2, dim=0, keepdim=True))
images = torch.arange(48.0).reshape(2, 2, 3, 4)
print(images.mean(dim=(2, 3)), images.std(dim=(0, 2, 3)), torch.sum(images, dim=[1, 2, 3]))
print((x > 1).sum(dim=1), torch.mean((x > 1).float()), torch.logsumexp(x, dim=1))
