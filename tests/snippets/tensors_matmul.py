import torch

a = torch.arange(6.0).reshape(2, 3)
b = torch.arange(12.0).reshape(3, 4)
v = torch.tensor([1.0, 0.0, 2.0])
print(a @ b, torch.mm(a, b).shape, a.mm(b).sum(), torch.matmul(a, v), a.mv(v))
print(v @ v, torch.dot(v, v), torch.outer(v, v))
batch = torch.ones(5, 2, 3)
print(torch.bmm(batch, torch.ones(5, 3, 4)).shape, (batch @ b).shape, batch.bmm(batch.mT).shape)
gram = a.t() @ a
print(gram, torch.trace(gram), torch.diag(gram))
print(torch.addmm(torch.ones(4), a, b))
# minicnn (absent): print(torch.ones(4) + a @ b)
