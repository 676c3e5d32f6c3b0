import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
logits = torch.randn(6, 3)
targets = (torch.rand(6, 3) > 0.6).float()
criterion = nn.BCEWithLogitsLoss()
print(criterion(logits, targets), F.binary_cross_entropy(torch.sigmoid(logits), targets))
print(nn.BCELoss()(logits.sigmoid(), targets))
positive = targets.sum(dim=0)
pos_weight = (targets.shape[0] - positive) / positive.clamp(min=1)
print(pos_weight, nn.BCEWithLogitsLoss(pos_weight=pos_weight)(logits, targets))
predictions = (torch.sigmoid(logits) > 0.5).float()
accuracy = (predictions == targets).float().mean()
exact = (predictions == targets).all(dim=1).float().mean()
tp = (predictions * targets).sum()
precision, recall = tp / predictions.sum(), tp / targets.sum()
f1 = 2 * precision * recall / (precision + recall)
print(f"{accuracy:.3f} {exact:.3f} {precision:.3f} {recall:.3f} {f1:.3f}")
print(F.binary_cross_entropy_with_logits(torch.tensor([1e4, -1e4]), torch.tensor([0.0, 0.0])))
