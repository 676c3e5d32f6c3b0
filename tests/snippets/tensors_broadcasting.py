import torch

x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]])
centred = x - x.mean(dim=0)
print(centred, centred / x.std(dim=0))
rows = x / x.sum(dim=1, keepdim=True)
print(rows, rows.sum(dim=1))
images = torch.arange(12.0).reshape(1, 3, 2, 2)
mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
std = torch.tensor([0.229, 0.224, 0.225])
print((images - mean) / std[None, :, None, None])
column, row = torch.arange(3).unsqueeze(1), torch.arange(4).unsqueeze(0)
print(column * 10 + row, (column + row) % 2, (column * 4 + row) // 3)
try:
    torch.ones(2, 3) + torch.ones(2)
except (RuntimeError, ValueError):
    print("these do not broadcast")
