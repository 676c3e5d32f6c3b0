import torch
import torch.nn as nn
import torch.nn.functional as F

prediction = torch.tensor([[0.5, 2.0], [3.0, -1.0]], requires_grad=True)
target = torch.tensor([[1.0, 2.0], [0.0, 1.0]])
print(nn.MSELoss()(prediction, target), F.mse_loss(prediction, target, reduction="none"))
print(nn.L1Loss()(prediction, target), nn.SmoothL1Loss()(prediction, target))
print(F.smooth_l1_loss(prediction, target, beta=0.5, reduction="sum"))
rmse = torch.sqrt(F.mse_loss(prediction, target))
rmse.backward()
print(rmse, prediction.grad)
mae = (prediction - target).abs().mean()
r2 = 1 - ((prediction - target) ** 2).sum() / ((target - target.mean()) ** 2).sum()
print(mae.item(), r2.item())
l2 = sum(p.pow(2).sum() for p in nn.Linear(2, 2).parameters())
print(l2.requires_grad, (F.mse_loss(prediction, target) + 0.0 * l2).item())
