import torch
import torch.nn as nn


class DiceLoss(nn.Module):
    def __init__(self, smooth=1.0):
        super().__init__()
        self.smooth = smooth

    def forward(self, logits, targets):
        probs = torch.sigmoid(logits)
        probs, targets = probs.view(-1), targets.view(-1)
        intersection = (probs * targets).sum()
        dice = (2.0 * intersection + self.smooth) / (probs.sum() + targets.sum() + self.smooth)
        return 1 - dice


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0):
        super().__init__()
        self.gamma = gamma

    def forward(self, logits, target):
        log_p = torch.log_softmax(logits, dim=1)
        log_pt = log_p.gather(1, target.view(-1, 1)).squeeze(1)
        return -((1 - log_pt.exp()) ** self.gamma * log_pt).mean()


torch.manual_seed(0)
logits = torch.randn(2, 1, 6, 6, requires_grad=True)
mask = (torch.rand(2, 1, 6, 6) > 0.7).float()
loss = DiceLoss()(logits, mask) + 0.5 * nn.BCEWithLogitsLoss()(logits, mask)
loss.backward()
print(loss.item(), logits.grad.sum().item())
predicted = logits.sigmoid() > 0.5
union = (predicted | (mask == 1)).sum()
print("IoU", ((predicted & (mask == 1)).sum() / union).item())
scores = torch.randn(8, 3)
print(FocalLoss()(scores, torch.randint(0, 3, (8,))).item())
