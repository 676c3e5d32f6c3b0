import torch

x = torch.tensor([1, 2, 3])
print(x.dtype, x.float().dtype, torch.tensor([1.5]).dtype, torch.tensor(True).dtype)
y = torch.tensor([1, 2, 3], dtype=torch.float)
print(y.dtype, y.double().dtype, y.to(torch.float64).dtype, y.half().dtype)
print(torch.tensor([0.0, 1.0, 2.7]).long(), torch.tensor([-1.9]).int(), y.bool())
z = torch.zeros(3, dtype=torch.long)
print(z.dtype == torch.int64, z.dtype is torch.long, z.type(torch.float32).dtype)
print((x * 2).dtype, (x / 2).dtype, (x * 0.5).dtype, (x > 1).dtype, x.type_as(y).dtype)
print(torch.is_tensor(x), x.is_floating_point(), y.is_floating_point())
print(torch.tensor([200, 100], dtype=torch.uint8), torch.ones(2, dtype=torch.bool))
