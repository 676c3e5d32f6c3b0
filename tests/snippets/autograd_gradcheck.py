import torch
import torch.nn.functional as F

torch.manual_seed(0)
x = torch.randn(2, 3, 5, 5, dtype=torch.float64, requires_grad=True)
w = torch.randn(4, 3, 3, 3, dtype=torch.double, requires_grad=True)


def layer(x, w):
    return torch.tanh(F.conv2d(x, w, stride=2, padding=1))


print(torch.autograd.gradcheck(layer, (x, w)))
# minicnn (gradcheck): print(torch.gradcheck(layer, (x, w), order=1))
row = torch.randn(4, dtype=torch.float64, requires_grad=True)
print(torch.autograd.gradgradcheck(lambda x: (x.sigmoid() ** 2).sum(), row))
# minicnn (gradcheck): print(torch.gradcheck(lambda x: (x.sigmoid() ** 2).sum(), row))
