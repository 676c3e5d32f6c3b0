import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
layer = nn.Dropout(p=0.5)
x = torch.ones(1000)
y = layer(x)
print(0.4 < (y == 0).float().mean().item() < 0.6, y.max(), y.sum().item())
layer.eval()
print(torch.equal(layer(x), x), F.dropout(x, 0.9, training=False).sum())
model = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.3), nn.ReLU())
print(model.training, model.eval()[1].training, model.train()[1].training)
images = torch.ones(1, 100, 3, 3)
dropped = nn.Dropout2d(0.5)(images)
per_channel = dropped.flatten(2).sum(2)
print(((per_channel == 0) | (per_channel == 18)).all(), model)

# Monte Carlo dropout: several predictions of one input
model.train()
predictions = torch.stack([model(torch.ones(1, 4)) for _ in range(20)])
print(predictions.mean(0).shape, predictions.std(0).shape)
